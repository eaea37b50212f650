// The port that runs trials of configurations on the running device. The configurator owns the
// port, decides which revision is tried, and records the outcome; agent/device implements it.
#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "agent/control/configuration_state.h"
#include "agent/uplink/command_receiver.h"
#include "base/status.h"

namespace godwit::agent {

// The outcome of a trial.
struct TrialVerdict {
  enum class Kind {
    kProved,        // a batch sampled under it is committed
    kFailed,        // `reason`
    kInconclusive,  // there was no collector to prove it to: `reason`
  };
  Kind kind = Kind::kFailed;
  std::string reason;
  std::string store_id;  // kProved: the store that has the batch; empty: it has no name
};

enum class TrialEnd { kHolds, kGoesBack };

// Runs trials, one at a time. A revision without an id is the device's own files alone.
// Loop-confined.
class TrialRunner {
 public:
  using Ended = std::function<void(const TrialVerdict&)>;

  virtual ~TrialRunner() = default;

  // Starts a trial. The sensors of `revision` run from now on; the connection and the spool's
  // bounds stay as they are, and parts whose settings did not change are not disturbed. `ended` is
  // called at most once, perhaps before this returns, and never after End; it comes within
  // `confirm` and two of the longest waits for a sample. An error says why there is no trial.
  [[nodiscard]] virtual Status Begin(const Revision& revision, absl::Duration confirm,
                                     Ended ended) = 0;
  // Ends the trial, with or without a verdict. Either the configuration on trial stays in force as
  // a whole, or exactly the one in force at Begin is restored. Neither can fail, and no file is
  // parsed. If the device's own files have changed meanwhile, they are loaded later.
  virtual void End(TrialEnd end) = 0;

  // Report sessions of the connection in use, whether there is a trial or not.
  virtual void SessionOpened(const OpenedSession& session) = 0;
  virtual void SessionLost() = 0;
};

}  // namespace godwit::agent
