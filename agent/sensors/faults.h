// Collects the faults of one reading of a sensor into one error that names each of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace godwit::agent {

// The most faults that the error names; further ones are counted.
inline constexpr size_t kFaultsNamedMax = 8;
// The most bytes of each fault; a longer text is cut off.
inline constexpr size_t kFaultBytesMax = 200;

// The faults of a reading. Thread-compatible.
class Faults {
 public:
  // Adds a fault. OK is no fault.
  void Add(const Status& status);
  // Adds a fault of code kDataLoss.
  void Add(std::string_view text) { Add(Error(StatusCode::kDataLoss, text)); }
  // Adds all faults of another list, in its order.
  void Add(const Faults& others);

  bool empty() const { return count_ == 0; }
  // Returns OK if there is no fault, else the code of the first one and "first; second; …; and 3
  // more". Each is one clean line, because the names in it are foreign.
  Status ToStatus() const;

 private:
  void Name(StatusCode code, std::string_view text);

  StatusCode code_ = StatusCode::kOk;
  std::string named_;
  size_t named_count_ = 0;
  size_t count_ = 0;
};

}  // namespace godwit::agent
