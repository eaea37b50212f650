// How the judge and the witness word a violation by one record, for their tests.
#pragma once

#include <string>

#include "base/names.h"
#include "base/text.h"

namespace godwit::sim {

inline std::string Named(const std::string& what, const RecordName& name) {
  return Cat(what, ": ", Hex(name.run), "/", name.seq, "; ");
}

// The violation of a gap whose reason nothing explains.
inline std::string GapOf(const std::string& reason, const RecordName& name) {
  return Named(Cat("a gap (", reason, ") that no fault explains"), name);
}

}  // namespace godwit::sim
