#include "collector/accepting.h"

#include <utility>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

StatusOr<std::unique_ptr<AcceptLoop>> OpenAcceptLoop(const ListenOptions& options,
                                                     int descriptors_left, Statistics& statistics,
                                                     std::vector<IpNetwork> trusted_proxies) {
  auto loop = AcceptLoop::Open(
      {.address = options.address,
       .connections_per_second = kConnectionsPerSecond,
       .burst = kConnectionsBurst,
       .reserved_descriptors = descriptors_left,
       .trusted_proxies = std::move(trusted_proxies),
       .header_patience = kProxyHeaderPatience,
       .headers_awaited = kProxyHeadersAwaitedMax,
       .refused = [&statistics](const char* reason) { statistics.NoteRefusal(reason); }});
  if (absl::IsUnavailable(loop.status())) {
    return Error(StatusCode::kUnavailable, Cat(options.setting, ": ", Message(loop.status()),
                                               "; is another collector running?"));
  }
  GODWIT_RETURN_IF_ERROR(Annotate(loop.status(), options.setting));
  return loop;
}

}  // namespace godwit::collector
