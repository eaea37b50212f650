// The setting identity.mode of a collector.
#pragma once

namespace godwit {

enum class IdentityMode {
  kOff,       // a device is who it says it is
  kObserve,   // the same, and callers whose certificate says otherwise are listed
  kRequired,  // a device is who its certificate says
};

}  // namespace godwit
