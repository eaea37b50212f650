// Proves a trial: seals a batch that was sampled under it, and has the collector commit that batch,
// over the trial's own connection if it has a new one.
//
// The steps: kNoRecord -> kSealing -> kReading -> kSending -> committed. If the record is gone
// before it is read, the step is kNoRecord again. If the session is lost, or the answer means "not
// now", it is kWaiting until a new session or kProveAgain.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/device/ports.h"
#include "agent/sampling/sampler.h"
#include "agent/uplink/command_receiver.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/proof.h"
#include "base/alive.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined. Destroying it ends it.
class TrialProof {
 public:
  // The dependencies. All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    Spool& spool;  // storage-confined
    Sampler& sampler;
    TransportFactory& transports;
    const std::optional<OpenedSession>& session;  // of the connection in use
  };
  // The subject of a proof.
  struct Subject {
    RevisionId revision;
    std::optional<ChannelOptions> channel;  // none: the connection in use
    Identity identity;                      // who opens the session of a new connection
  };
  // Receives the result, once. OK: `store_id` has the batch; kAborted: this collector will never
  // take it.
  using Done = std::function<void(const Status& status, const std::string& store_id)>;

  // To be made before the sensors change: what is appended from then on was sampled under the
  // trial.
  TrialProof(Subject subject, Dependencies deps, Done done);
  ~TrialProof();

  // Seals a batch if there is none yet.
  void Advance();
  // To be called after `session` has changed.
  void SessionOpened();
  void SessionLost();
  // Returns what it waits for, for people.
  const std::string& missing() const { return missing_; }

 private:
  enum class Step { kNoRecord, kSealing, kReading, kSending, kWaiting };

  void OnSealed(std::optional<RecordName> record);
  void Send();
  void OnRead(std::optional<NextRecord> next);
  void Wait(std::string missing);
  void SendOverNewConnection(NextRecord next);
  void OnAnswer(const Status& status, const std::string& store_id);

  const Subject subject_;
  Dependencies deps_;
  const Done done_;
  Step step_ = Step::kNoRecord;
  std::string missing_ = "nothing was sampled";
  RecordName record_;  // from kReading on
  Outbox outbox_;
  const std::shared_ptr<RecordName> before_ = std::make_shared<RecordName>();  // storage-confined
  Alive alive_;
  std::unique_ptr<Transport> transport_;  // of a new connection
  std::unique_ptr<Proof> proof_;          // in kSending
  std::unique_ptr<Timer> again_;          // in kWaiting, perhaps
};

}  // namespace godwit::agent
