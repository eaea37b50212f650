// Runs the commands that the server sends: each at most once, one after another.
//
// The steps of a command: allowed by the owner and not known yet -> journal RECEIVED -> ask the
// collector for permission -> journal STARTED -> act -> journal DONE -> report. The collector gives
// its permission once for each id, to one start of one agent, durably. So a copied card, a restored
// image and their original never run one command twice, even if the journal was lost. A crash
// between STARTED and DONE leaves OUTCOME_UNKNOWN.
//
// The collector sends a command without a result again with each command stream. A known command is
// then reported again, and never run again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/control/command.h"
#include "agent/control/command_journal.h"
#include "agent/control/command_reports.h"
#include "agent/control/options.h"
#include "agent/control/restart_limit.h"
#include "agent/uplink/command_receiver.h"
#include "base/alive.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// The action of a kind. `done` is called once, on the loop, within kCommandDeadline or not at all;
// its text is for a person. The action of a kind that ends the agent (CommandKind::ends_agent) does
// not call it.
struct CommandAction {
  using Done = std::function<void(StatusOr<std::string>)>;
  std::function<void(const Arguments& arguments, Done done)> run;
};
// The actions by the names of their kinds.
using CommandActions = std::map<std::string, CommandAction>;

// Runs commands. Loop-confined; the journal it borrows is storage-confined.
class Commander final {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    BootId boot_id = {};  // of this machine, since it was last booted
  };

  // `start_id` is a random id of this start of the agent. `journal` may be null: then every command
  // is refused with `journal_error`.
  Commander(RemoteOptions options, CommandActions actions, CommandJournal* journal,
            Status journal_error, uint64_t start_id, Dependencies dependencies);
  ~Commander();

  void SetOptions(RemoteOptions options) { options_ = std::move(options); }

  void SessionOpened(const OpenedSession& session);
  void SessionLost();
  void OnCommand(const v1::Command& command);

  // Returns the number of refusals since the start that are reported only when the collector sends
  // the command again.
  uint64_t dropped_refusals() const { return reports_.dropped_refusals(); }

 private:
  struct Waiting {
    JournalEntry entry;
    Arguments arguments;
    std::string issuer;
  };
  struct Known {
    JournalEntry entry;
    absl::Duration forget_at;  // on the boot clock: when it expires
  };

  void TakeOver(const CommandJournal& journal);
  Status Admit(const v1::Command& command, Waiting& waiting);
  void ForgetExpired();
  void StartNext();
  void AskToGo();
  void OnGo(const CallResult& result, const v1::ReportCommandResponse& response);
  void Refuse(JournalEntry refused, CommandState state, const Status& why);
  void Start();
  void RestartAgent();
  void Act();
  void End(CommandState state, std::string output);
  void LeaveCurrent();
  void Journal(JournalEntry entry, std::function<void(Status)> done);
  void SendReports();
  void Shorten(const CommandId& id);
  size_t OutputBytes() const;

  RemoteOptions options_;
  const CommandActions actions_;
  CommandJournal* const journal_;
  const Status journal_error_;
  const uint64_t start_id_;
  Dependencies deps_;
  Transport* transport_ = nullptr;  // while a session is open
  std::string token_;
  std::map<CommandId, Known> known_;
  int64_t mark_ = 0;
  std::deque<Waiting> waiting_;
  std::optional<Waiting> current_;
  enum class Step { kJournalling, kAsking, kActing };
  Step step_ = Step::kJournalling;  // of the current command
  uint64_t turn_ = 0;  // of the current command: what comes later for another is passed over
  RestartLimit restarts_;
  CommandReports reports_;  // the first may be under way
  Alive alive_;
  std::unique_ptr<Timer> deadline_;
  std::unique_ptr<Timer> again_;
  std::unique_ptr<Timer> report_again_;
  std::unique_ptr<PendingCall> asking_;
  std::unique_ptr<PendingCall> reporting_;
};

}  // namespace godwit::agent
