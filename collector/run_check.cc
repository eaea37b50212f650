#include "collector/run_check.h"

#include "base/text.h"
#include "collector/store_command.h"
#include "platform/linux/accept_loop.h"
#include "platform/linux/linux_file_system.h"

namespace godwit::collector {

StatusOr<TlsTexts> CheckToRun(const CollectorSettings& settings) {
  Problems problems;
  LinuxFileSystem files;
  TlsTexts tls = ReadTlsFiles(settings.checked.sections.at("tls"), files, problems);
  const SettingValues& listen = settings.checked.sections.at("listen");
  for (const char* key : {"devices", "operators", "http"}) {
    const std::string& address = listen.String(key);
    if (address.empty()) continue;  // listen.http: nothing is served there
    const Status resolved = CheckResolves(address);
    if (resolved.ok()) continue;
    problems.Add(listen.PlaceOf(key), Cat("'listen.", key, "': ", Message(resolved)),
                 "a name or an address of this machine");
  }
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  return tls;
}

Status BecomeStoreOwner(const CollectorSettings& settings,
                        const std::vector<std::string>& command_line) {
  const Status owner = BecomeStoreOwner(settings.store_path, command_line);
  if (owner.ok() || absl::IsPermissionDenied(owner)) return owner;
  Problems problems;
  problems.Add(settings.checked.sections.at("store").PlaceOf("path"), Message(owner));
  return problems.ToStatus();
}

}  // namespace godwit::collector
