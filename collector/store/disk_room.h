// Whether the store's disk has room for more writes: all of them ask here.
#pragma once

#include <functional>
#include <utility>

#include "collector/store/sqlite_store.h"

namespace godwit::collector {

// Writer-confined.
class DiskRoom {
 public:
  // Of the disk, 0 to 1. Asked each time: it may change.
  using ReserveFree = std::function<double()>;
  DiskRoom(SqliteStore& store, FreeSpace free_space, ReserveFree reserve_free)
      : store_(store), free_space_(std::move(free_space)), reserve_free_(std::move(reserve_free)) {}

  // What the store's file has free counts as free, because it is used before the file grows. What
  // the write-ahead log still has to move into it does not. If there is no room the log's file is
  // given back to the disk first, which works as soon as no reader holds it.
  //
  // True when the disk cannot be asked: the write itself says what is wrong.
  [[nodiscard]] bool HasRoom();

 private:
  bool HasRoomNow();

  SqliteStore& store_;
  const FreeSpace free_space_;
  const ReserveFree reserve_free_;
};

}  // namespace godwit::collector
