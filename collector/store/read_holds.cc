#include "collector/store/read_holds.h"

namespace godwit::collector {

ReadHolds::Hold ReadHolds::Take(int64_t device) {
  const std::lock_guard lock(mutex_);
  ++held_[device];
  return Hold(this, [device](ReadHolds* self) {
    const std::lock_guard release(self->mutex_);
    if (--self->held_[device] == 0) self->held_.erase(device);
  });
}

}  // namespace godwit::collector
