// Runs trials of configurations on the running device. The configurator owns the port, decides
// which revision is tried, and writes down what comes of it; agent/device implements it.
#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "agent/control/configuration_state.h"
#include "agent/uplink/command_receiver.h"
#include "base/status.h"

namespace godwit::agent {

// What a trial has shown.
struct TrialVerdict {
  enum class Kind {
    kProved,        // a batch sampled under it is committed
    kFailed,        // `reason`
    kInconclusive,  // there was nobody to prove it to: `reason`
  };
  Kind kind = Kind::kFailed;
  std::string reason;
  std::string store_id;  // kProved: the store that has the batch; empty: it has no name
};

enum class TrialEnd { kHolds, kGoesBack };

// Loop-confined. One trial at a time. A revision of no id is the device's own files alone.
class TrialRunner {
 public:
  using Ended = std::function<void(const TrialVerdict&)>;

  virtual ~TrialRunner() = default;

  // From now on the sensors of `revision` run; the connection and the spool's bounds stay as they
  // are, and what did not change is not disturbed. `ended` is called at most once, perhaps before
  // this returns, and not after End. It comes within `confirm` and two of the longest waits for a
  // sample. An error: there is no trial, and why.
  [[nodiscard]] virtual Status Begin(const Revision& revision, absl::Duration confirm,
                                     Ended ended) = 0;
  // Ends the trial, with a verdict or without. What is tried holds, all of it; or exactly what was
  // in force at Begin is back. Neither can be refused, and no file is parsed for it. The device's
  // own files that have changed meanwhile are taken later.
  virtual void End(TrialEnd end) = 0;

  // Of the connection in use, whether there is a trial or not.
  virtual void SessionOpened(const OpenedSession& session) = 0;
  virtual void SessionLost() = 0;
};

}  // namespace godwit::agent
