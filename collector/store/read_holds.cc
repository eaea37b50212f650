#include "collector/store/read_holds.h"

#include "base/mutex.h"

namespace godwit::collector {

ReadHolds::Hold ReadHolds::Take(int64_t device) {
  const MutexLock lock(mutex_);
  ++held_[device];
  return Hold(this, [device](ReadHolds* self) {
    const MutexLock release(self->mutex_);
    if (--self->held_[device] == 0) self->held_.erase(device);
  });
}

}  // namespace godwit::collector
