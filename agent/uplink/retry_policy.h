// What a failed call means: the one place that decides. docs/protocol.md has the same table.
#pragma once

#include "agent/uplink/transport.h"

namespace godwit::agent {

enum class NextStep {
  kReopenNow,    // the session is not known any more: open another at once
  kBackOff,      // the link or the collector is in trouble: full-jitter back-off
  kTellSomebody  // it will not get better by itself: slow retries, logged as an error
};

NextStep NextStepAfter(const CallResult& result);

}  // namespace godwit::agent
