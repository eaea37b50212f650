// How a device hears that it brings too much (store/device_bounds.h). Pure.
#pragma once

#include "collector/ingest/stream.h"
#include "collector/store/device_bounds.h"

namespace godwit::collector {

// Of an OpenSession call. Its hint is bounded: the device asks again, and hears the rest.
CallEnd EndOf(const Postponement& postponement);

// Of a stream that a bound of the device ends early, behind the verdicts of what it has sent. A
// device spreads its return over the hint, so it is twice as long as the pause.
CallEnd EndOfStream(DeviceBound bound);

}  // namespace godwit::collector
