// Takes configurations that operators offer, one after another, and keeps only those that have
// proved themselves.
//
// The way of an offer: fetched -> the trial is written down -> checked -> its sensors run -> they
// are in good health for a third of the time it has -> a batch sampled under it is committed, over
// its own connection if it has a new one -> written down as confirmed -> all of it holds. Whatever
// fails on the way, and a crash or power cut anywhere, leads back to what was confirmed before
// (configuration_state.h).
//
// Invariants
//   - What is confirmed has had a batch committed, and the collector of that batch wants it.
//   - The connection there was stays open until the new one is proved.
//   - An offer is written down as being tried before its text is parsed.
//   - An offer that has ended is not tried again; one whose trials tell nothing, kTriesMax times.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/control/configurable.h"
#include "agent/control/configuration_state.h"
#include "agent/control/options.h"
#include "agent/uplink/command_receiver.h"
#include "agent/uplink/proof.h"
#include "base/alive.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined; the file it borrows is storage-confined.
class Configurator {
 public:
  struct World {
    Executor& loop;
    Executor& storage;
    Configurable& device;
  };

  // `state`: as this start has made of it, and written down as far as that went. `file` may be
  // null: then no configuration is taken, because of `file_error`.
  Configurator(ConfigureOptions options, ConfigurationState state, ConfigurationFile* file,
               Status file_error, World world);
  ~Configurator();

  void SetOptions(ConfigureOptions options) { options_ = std::move(options); }
  // A trial under way has failed. Nothing without one.
  void AbandonTrial(const std::string& reason);
  // The device's own files have changed under a running agent, and are in force: they rule alone.
  void OwnFilesChanged();
  // This start is a sound one.
  void NoteSound();
  // The agent stops: a trial under way has told nothing, and does not count.
  void Stop();

  void SessionOpened(const OpenedSession& session);
  void SessionLost();
  void OnOffer(const v1::RevisionOffer& offer);
  const ConfigurationState& state() const { return state_; }

 private:
  void Consider(const v1::RevisionOffer& offer);
  void Fetch();
  void OnFetched(const CallResult& result, const v1::FetchRevisionResponse& response);
  void Begin(Revision revision);
  void BeginTrial(Status saved);
  void NoteWatched();
  void Look();
  void OnSealed(std::optional<RecordName> name);
  void Prove();
  void SendProof(std::optional<NextRecord> record);
  void OnProved(const Status& status, const std::string& store_id);
  std::string ProvingStore(const std::string& of_own_session) const;
  void ProveAgain();
  void OnDeadline();
  void Confirm(const std::string& store_id);
  void OnConfirmed(Status saved);
  // What was confirmed is back.
  void Fail(const std::string& reason);
  void GoBack();
  void LeaveTrial();
  void Refuse(const std::string& reason);
  void Save(const ConfigurationState& state, std::function<void(Status)> done);
  void SaveNow();
  void Report();

  struct Trial {
    v1::RevisionOffer offer;
    Revision revision;
    TrialPlan plan;
    bool running = false;  // its sensors do
    bool had_session = false;
    bool watched = false;  // for long enough to see what harm it does
    bool sealing = false;
    std::optional<ConfigurationState> confirmed;  // being written down
    std::optional<RecordName> record;
    std::string missing;  // what it waits for
    // Destroyed first: they refer to all of the above.
    std::unique_ptr<Transport> transport;
    std::unique_ptr<PendingCall> fetching;
    std::unique_ptr<Proof> proof;
    std::unique_ptr<Timer> deadline;
    std::unique_ptr<Timer> watch;
    std::unique_ptr<Timer> look;
    std::unique_ptr<Timer> prove_again;
  };
  // Runs `task` unless the trial is over by then.
  template <typename... Arguments>
  std::function<void(Arguments...)> InTrial(void (Configurator::*task)(Arguments...));

  ConfigureOptions options_;
  ConfigurationState state_;
  ConfigurationFile* const file_;
  const Status file_error_;
  World world_;
  std::optional<OpenedSession> session_;
  std::unique_ptr<Trial> trial_;
  uint64_t turn_ = 0;  // of the trial: what comes later for another is passed over
  std::optional<v1::RevisionOffer> next_;  // came while another was on trial
  std::optional<OfferOutcome> refused_;    // told instead of the state's, and not written down
  Alive alive_;
  std::unique_ptr<PendingCall> reporting_;
  std::unique_ptr<Timer> report_again_;
};

}  // namespace godwit::agent
