#include "collector/ingest/decode_pool.h"

#include <algorithm>
#include <utility>

#include "collector/ingest/ingest_limits.h"

namespace godwit::collector {
namespace {

// A clock of a simulated world may stand still.
constexpr absl::Duration kWorkMin = absl::Microseconds(1);

absl::Duration WorkOf(absl::Duration decoding, size_t bytes) {
  return std::max(decoding, kWorkMin) + kUsePerMiB * (static_cast<double>(bytes) / (1 << 20));
}

}  // namespace

DecodePool::DecodePool(Dependencies dependencies, RecentUse& use, std::function<bool()> may_start)
    : deps_(std::move(dependencies)),
      use_(use),
      may_start_(std::move(may_start)),
      idle_(deps_.threads),
      waiting_(use) {}

void DecodePool::Run(const std::string& device, size_t bytes, Executor::Task work,
                     Executor::Task done) {
  waiting_.Push(device, {.bytes = bytes, .work = std::move(work), .done = std::move(done)});
  StartWaiting();
}

void DecodePool::StartWaiting() {
  while (!idle_.empty() && may_start_()) {
    auto next = waiting_.Pop([](const std::string&) { return true; });
    if (!next) return;
    Executor* const thread = idle_.back();
    idle_.pop_back();
    Start(*thread, std::move(next->first), std::move(next->second));
  }
}

void DecodePool::Start(Executor& thread, std::string device, Piece piece) {
  thread.Post([this, &thread, device = std::move(device), piece = std::move(piece)]() mutable {
    const absl::Duration begin = deps_.clock.Boot();
    piece.work();
    piece.work = nullptr;
    const absl::Duration work = WorkOf(deps_.clock.Boot() - begin, piece.bytes);
    deps_.executor.Post(
        [this, &thread, work, device = std::move(device), done = std::move(piece.done)]() mutable {
          use_.Add(device, work);
          idle_.push_back(&thread);
          done();
          StartWaiting();
        });
  });
}

}  // namespace godwit::collector
