// The one loss: a value rounded to the resolution that its series declares.
#pragma once

#include "codec/value.h"

namespace godwit {

// The multiple of `resolution` nearest to `value`, made so that a decimal resolution gives decimals
// (which the codec keeps in few bits): the multiple as an integer, divided by a power of ten. What
// is no number, too large for that, or not a number at all (infinity, NaN, a state, null) stays as
// it is, and so does everything with a resolution of 0.
Value RoundedTo(Value value, double resolution);

}  // namespace godwit
