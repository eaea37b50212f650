#include "collector/store/disk_room.h"

#include "base/log.h"

namespace godwit::collector {

bool DiskRoom::HasRoom() {
  if (HasRoomNow()) return true;
  if (const Status status = store_.EmptyLog(); !status.ok()) LogError(Message(status));
  return HasRoomNow();
}

bool DiskRoom::HasRoomNow() {
  const auto disk = free_space_();
  const auto in_file = store_.FreeBytes();
  const auto in_log = store_.LogBytes();
  if (!disk.ok() || !in_file.ok() || !in_log.ok()) return true;
  return static_cast<double>(disk->available + *in_file) >=
         static_cast<double>(disk->total) * reserve_free_() + static_cast<double>(*in_log);
}

}  // namespace godwit::collector
