// The callers that were not who they said: for operators, and for what a stricter mode would do.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"

namespace godwit::collector {

// Strangers choose these texts: each is one clean line of bounded length (base/foreign_text.h).
struct RefusedCaller {
  std::string device_id;    // the device it said it was
  std::string certificate;  // the names in its certificate; empty: it showed none
  std::string address;
  std::string reason;
  bool admitted = false;  // identity.mode was "observe"
  uint64_t calls = 0;
  int64_t last_unix_ns = 0;
  int64_t identified_unix_ns = 0;  // its first call after that which passed; 0: none has
};

// At most kRefusedCallersMax devices; the one whose last call is the oldest goes first. In memory
// alone: a restarted collector begins with none. Thread-safe.
class RefusedCallers {
 public:
  // Counts a call. Returns whether the device was not listed yet, or for another reason.
  bool Note(RefusedCaller caller);
  // A call of this device passed: if it is listed, says since when it does.
  void NoteIdentified(const std::string& device_id, int64_t now_unix_ns);
  // The last call first.
  std::vector<RefusedCaller> List() const;

 private:
  mutable Mutex mutex_;
  std::list<RefusedCaller> callers_ ABSL_GUARDED_BY(mutex_);  // the last call first
  std::unordered_map<std::string, std::list<RefusedCaller>::iterator> by_device_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace godwit::collector
