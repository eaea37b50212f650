// Takes the configurations that operators offer, one after another, and keeps only those that have
// proved themselves.
//
// The steps of an offer: fetch -> record the trial on flash -> check -> run its sensors -> they are
// in good health for a third of the trial's time -> a batch sampled under it is committed, over its
// own connection if it has a new one -> record it on flash as confirmed -> put all of it in force.
// Any failure on the way, and a crash or power cut anywhere, rolls back to the configuration that
// was confirmed before (configuration_state.h).
//
// Invariants
//   - A confirmed configuration has had a batch committed, and that batch's collector wants it.
//   - The existing connection stays open until the new one is proved.
//   - An offer is recorded as being tried before its text is parsed.
//   - An offer that has ended is not tried again; one with inconclusive trials, kTriesMax times.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/control/configuration_state.h"
#include "agent/control/options.h"
#include "agent/control/trial_runner.h"
#include "agent/uplink/command_receiver.h"
#include "base/alive.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// Tries and keeps configurations. Loop-confined; the file it borrows is storage-confined.
class Configurator {
 public:
  struct Dependencies {
    Executor& loop;
    Executor& storage;
    TrialRunner& trials;
  };

  // `state` is the state after this start, written down if that was possible. `file` may be null:
  // then no configuration is taken, because of `file_error`.
  Configurator(ConfigureOptions options, ConfigurationState state, ConfigurationFile* file,
               Status file_error, Dependencies dependencies);
  ~Configurator();

  void SetOptions(ConfigureOptions options) { options_ = std::move(options); }
  // Fails the trial under way, if there is one.
  void AbandonTrial(const std::string& reason);
  // Handles that the device's own files have changed under a running agent and are in force alone.
  void OwnFilesChanged();
  // Records that this start is successful.
  void NoteSound();
  // Stops. A trial under way is inconclusive and does not count.
  void Stop();

  void SessionOpened(const OpenedSession& session);
  void SessionLost();
  void OnOffer(const v1::RevisionOffer& offer);
  const ConfigurationState& state() const { return state_; }
  const BootId& boot_id() const { return options_.boot_id; }

 private:
  void Consider(const v1::RevisionOffer& offer);
  void Fetch();
  void OnFetched(const CallResult& result, const v1::FetchRevisionResponse& response);
  void WriteDown(Revision revision);
  void BeginTrial(Status saved);
  void OnVerdict(const TrialVerdict& verdict);
  void Confirm(const std::string& store_id);
  void OnConfirmed(Status saved);
  // Handles that the confirmed configuration is in force again.
  void Fail(const std::string& reason);
  void GoBack();
  void Leave();
  void Refuse(const std::string& reason);
  void Save(const ConfigurationState& state, std::function<void(Status)> done);
  void SaveNow();
  void Report();

  // The offer that has its turn.
  struct Candidate {
    enum class Step {
      kFetching,    // or waiting for a session
      kWriting,     // it is written down as being tried
      kOnTrial,     // the device runs it
      kConfirming,  // proved; it is written down as confirmed
    };
    Step step = Step::kFetching;
    v1::RevisionOffer offer;
    Revision revision;             // from kWriting on
    ConfigurationState confirmed;  // in kConfirming: what is written down
    std::unique_ptr<PendingCall> fetching;
    std::unique_ptr<Timer> fetch_again;
  };
  // Runs `task` unless the candidate has left by then.
  template <typename... Arguments>
  std::function<void(Arguments...)> InTurn(void (Configurator::*task)(Arguments...));

  ConfigureOptions options_;
  ConfigurationState state_;
  ConfigurationFile* const file_;
  const Status file_error_;
  Dependencies deps_;
  std::optional<OpenedSession> session_;
  std::unique_ptr<Candidate> candidate_;
  uint64_t turn_ = 0;  // of the candidate: what comes later for another is passed over
  std::optional<v1::RevisionOffer> next_;  // came while another was on trial
  std::optional<OfferOutcome> refused_;    // reported instead of the state's, and not written down
  Alive alive_;
  std::unique_ptr<PendingCall> reporting_;
  std::unique_ptr<Timer> report_again_;
};

}  // namespace godwit::agent
