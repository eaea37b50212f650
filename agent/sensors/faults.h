// What could not be read in one reading of a sensor, as one error that names each part of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"

namespace godwit::agent {

// Faults beyond are counted in the error and not named.
inline constexpr size_t kFaultsNamedMax = 8;
// Of each fault; a longer text is cut off.
inline constexpr size_t kFaultBytesMax = 200;

// Thread-compatible.
class Faults {
 public:
  // A status that is OK is no fault.
  void Add(const Status& status);
  // Something that is not what it should be: kDataLoss.
  void Add(std::string_view text) { Add(Error(StatusCode::kDataLoss, text)); }
  // All faults of another list, in its order.
  void Add(const Faults& others);

  bool empty() const { return count_ == 0; }
  // OK without a fault. Else the code of the first one, and "first; second; …; and 3 more". Each is
  // a clean line: the names in it may be anybody's.
  Status ToStatus() const;

 private:
  void Name(StatusCode code, std::string_view text);

  StatusCode code_ = StatusCode::kOk;
  std::string named_;
  size_t named_count_ = 0;
  size_t count_ = 0;
};

}  // namespace godwit::agent
