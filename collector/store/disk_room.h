// Decides whether the store's disk has room for more writes; all writers ask here.
#pragma once

#include <functional>
#include <utility>

#include "collector/store/sqlite_store.h"

namespace godwit::collector {

// The room on the store's disk. Writer-confined.
class DiskRoom {
 public:
  // Returns the share of the disk to keep free, from 0 to 1. Called each time, because it may
  // change.
  using ReserveFree = std::function<double()>;
  DiskRoom(SqliteStore& store, FreeSpace free_space, ReserveFree reserve_free)
      : store_(store), free_space_(std::move(free_space)), reserve_free_(std::move(reserve_free)) {}

  // Returns whether there is room. Free space in the store's file counts as free, because it is
  // used before the file grows; what the write-ahead log still has to move into it does not. If
  // there is no room, the log's file is first returned to the disk, which works as soon as no
  // reader holds it.
  //
  // True if the disk cannot be asked: then the write itself says what is wrong.
  [[nodiscard]] bool HasRoom();

 private:
  bool HasRoomNow();

  SqliteStore& store_;
  const FreeSpace free_space_;
  const ReserveFree reserve_free_;
};

}  // namespace godwit::collector
