// Ends the calls of a device that sends too much (store/device_bounds.h). Pure.
#pragma once

#include "collector/ingest/stream.h"
#include "collector/store/device_bounds.h"

namespace godwit::collector {

// Returns the end of an OpenSession call. Its hint is bounded: the device asks again, and gets the
// rest.
CallEnd EndOf(const Postponement& postponement);

// Returns the end of a stream that a bound of the device ends early, after the verdicts on its
// records. A device spreads its return over the hint, so it is twice as long as the pause.
CallEnd EndOfStream(DeviceBound bound);

}  // namespace godwit::collector
