// Proves a trial: seals a batch that was sampled under it, and has the collector commit that batch,
// over the trial's own connection where it has a new one.
//
// The steps: kNoRecord -> kSealing -> kReading -> kSending -> committed. A record that is gone
// before it is read leads back to kNoRecord; a session that is lost and an answer that says "not
// now" to kWaiting, which a new session and kProveAgain end.
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
  // All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    Spool& spool;  // storage-confined
    Sampler& sampler;
    TransportFactory& transports;
    const std::optional<OpenedSession>& session;  // of the connection in use
  };
  // What is proved.
  struct Subject {
    RevisionId revision;
    std::optional<ChannelOptions> channel;  // none: the connection in use
    Identity identity;                      // who opens the session of a new connection
  };
  // Once. OK: `store_id` has the batch; kAborted: this collector will never take it.
  using Done = std::function<void(const Status& status, const std::string& store_id)>;

  // Before the sensors change: what is appended from here on was sampled under the trial.
  TrialProof(Subject subject, Dependencies deps, Done done);
  ~TrialProof();

  // Seals a batch if there is none yet.
  void Advance();
  // After `session` has changed.
  void SessionOpened();
  void SessionLost();
  // What it waits for, for people.
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
