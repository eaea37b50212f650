// What a configuration is tried on: the running agent. Owned by agent/control; the composition root
// and the simulation have it.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "agent/control/configuration_state.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/transport.h"
#include "base/status.h"

namespace godwit::agent {

// What a revision would change.
struct TrialPlan {
  bool connection = false;  // the way to the collector
  // Of the sensors it would run: so often something is sampled.
  absl::Duration shortest_interval;
};

enum class TrialEnd { kHolds, kGoesBack };

// Loop-confined. A revision of no id is the device's own files alone.
class Configurable {
 public:
  virtual ~Configurable() = default;

  // kInvalidArgument and others: why it cannot be, with the place of each mistake.
  [[nodiscard]] virtual StatusOr<TrialPlan> Check(const Revision& revision) = 0;
  // From now on its sensors run; the connection and the spool's bounds stay as they are. What did
  // not change is not disturbed.
  [[nodiscard]] virtual Status Try(const Revision& revision) = 0;
  // Of what is being tried: OK; kUnavailable, not good yet; others: it must end, and why.
  [[nodiscard]] virtual Status Health() = 0;
  // What was sampled since Try is made safe. None: nothing was.
  virtual void Seal(std::function<void(std::optional<RecordName>)> done) = 0;
  // None: it cannot be read.
  virtual void Read(const RecordName& name,
                    std::function<void(std::optional<NextRecord>)> done) = 0;
  // The connection of the revision being tried, beside the one there is.
  virtual std::unique_ptr<Transport> NewTransport() = 0;
  virtual void MakeOpenRequest(std::function<void(v1::OpenSessionRequest)> done) = 0;
  // What is tried holds, all of it; or exactly what was in force when Try was called is back.
  // Neither can be refused, and no file is parsed for it. The device's own files that have changed
  // meanwhile are taken later.
  virtual void EndTrial(TrialEnd end) = 0;
};

}  // namespace godwit::agent
