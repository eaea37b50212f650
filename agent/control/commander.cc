#include "agent/control/commander.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "agent/control/limits.h"
#include "agent/control/output.h"
#include "agent/control/policy.h"
#include "base/check.h"
#include "base/command_kinds.h"
#include "base/foreign_text.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

v1::CommandState ToProto(CommandState state) {
  switch (state) {
    case CommandState::kReceived:
    case CommandState::kStarted:
      return v1::COMMAND_STATE_RECEIVED;
    case CommandState::kDone:
      return v1::COMMAND_STATE_DONE;
    case CommandState::kFailed:
      return v1::COMMAND_STATE_FAILED;
    case CommandState::kRefused:
      return v1::COMMAND_STATE_REFUSED;
    case CommandState::kExpired:
      return v1::COMMAND_STATE_EXPIRED;
    case CommandState::kOutcomeUnknown:
      return v1::COMMAND_STATE_OUTCOME_UNKNOWN;
  }
  return v1::COMMAND_STATE_UNSPECIFIED;
}

const char* NameOf(CommandState state) {
  switch (state) {
    case CommandState::kDone:
      return "done";
    case CommandState::kFailed:
      return "failed";
    case CommandState::kExpired:
      return "expired";
    default:
      return "refused";
  }
}

Status CheckSizes(const v1::Command& command) {
  if (command.command_id().size() != kCommandIdSize) {
    return Error(StatusCode::kInvalidArgument, "the command has no id of 16 bytes");
  }
  if (command.kind().size() > kCommandKindBytesMax) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("the kind is longer than ", kCommandKindBytesMax, " bytes"));
  }
  if (static_cast<size_t>(command.arguments_size()) > kCommandArgumentsMax) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("more than ", kCommandArgumentsMax, " arguments"));
  }
  for (const v1::Setting& argument : command.arguments()) {
    if (argument.name().size() + argument.value().size() > kCommandArgumentBytesMax) {
      return Error(StatusCode::kInvalidArgument,
                   Cat("an argument is longer than ", kCommandArgumentBytesMax, " bytes"));
    }
  }
  return absl::OkStatus();
}

// Of a command that is not admitted.
CommandState StateOf(const Status& admitted) {
  if (absl::IsDeadlineExceeded(admitted)) return CommandState::kExpired;
  return absl::IsUnknown(admitted) ? CommandState::kOutcomeUnknown : CommandState::kRefused;
}

// A report that no later attempt would bring through; the collector may ask again.
bool IsNeverTaken(const Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsUnimplemented(status) ||
         absl::IsResourceExhausted(status);
}

}  // namespace

Commander::Commander(RemoteOptions options, CommandActions actions, CommandJournal* journal,
                     Status journal_error, uint64_t start_id, Dependencies dependencies)
    : options_(std::move(options)),
      actions_(std::move(actions)),
      journal_(journal),
      journal_error_(std::move(journal_error)),
      start_id_(start_id),
      deps_(std::move(dependencies)),
      restarts_(deps_.boot_id,
                journal_ == nullptr ? std::vector<RestartMark>() : journal_->restarts()) {
  if (journal_ != nullptr) TakeOver(*journal_);
}

Commander::~Commander() {
  alive_.End();
}

// Before anything else uses the journal. How a command ended that had started, nobody can say.
void Commander::TakeOver(const CommandJournal& journal) {
  mark_ = journal.mark_unix_ns();
  const absl::Duration now = deps_.clock.Boot();
  for (const auto& [id, entry] : journal.entries()) {
    known_[id] = {.entry = entry, .forget_at = now + entry.life};
    if (entry.state != CommandState::kStarted) continue;
    JournalEntry& unknown = known_[id].entry;
    unknown.state = CommandState::kOutcomeUnknown;
    unknown.output = "the agent ended while the command ran";
    Journal(unknown, [](const Status&) {});
  }
}

void Commander::SessionOpened(const OpenedSession& session) {
  GODWIT_CHECK_RUNS_ON(deps_.loop);
  transport_ = &session.transport;
  token_ = session.token;
  SendReports();
  if (current_ && step_ == Step::kAsking) AskToGo();
}

// The collector sends waiting commands again. A command that runs continues.
void Commander::SessionLost() {
  transport_ = nullptr;
  asking_.reset();
  again_.reset();
  reporting_.reset();
  report_again_.reset();
  waiting_.clear();
}

void Commander::OnCommand(const v1::Command& command) {
  GODWIT_CHECK_RUNS_ON(deps_.loop);
  ForgetExpired();
  Waiting waiting{.issuer = ForeignText(command.issuer(), kIssuerBytesMax)};
  const Status sizes = CheckSizes(command);
  if (!sizes.ok() && command.command_id().size() != kCommandIdSize) {
    return LogWarning(Cat("command: refused: ", Message(sizes)));
  }
  const auto known = known_.find(command.command_id());
  if (known != known_.end() && HasEnded(known->second.entry.state)) {
    reports_.AddResult(command.command_id());
    return SendReports();
  }
  // A refusal that is on its way would be taken for the end of what starts now.
  if (reports_.Contains(command.command_id())) return;
  const bool is_waiting = std::any_of(waiting_.begin(), waiting_.end(), [&](const Waiting& other) {
    return other.entry.id == command.command_id();
  });
  if (is_waiting || (current_ && current_->entry.id == command.command_id())) return;
  Status admitted = sizes.ok() ? Admit(command, waiting) : sizes;
  if (admitted.ok() && waiting_.size() < kCommandsWaitingMax) {
    waiting_.push_back(std::move(waiting));
    return StartNext();
  }
  if (admitted.ok()) return;  // it comes again
  LogWarning(Cat("command ", Hex(command.command_id()).substr(0, 8), " of ",
                 ForeignText(command.issuer(), kIssuerBytesMax), ": refused: ", Message(admitted)));
  // It needs no place in the journal: it never ran, and would be refused again.
  JournalEntry refused{.id = command.command_id(), .kind = command.kind()};
  Refuse(std::move(refused), StateOf(admitted), admitted);
}

// Of what is not in the journal, or has not started by it.
void Commander::Refuse(JournalEntry refused, CommandState state, const Status& why) {
  refused.state = state;
  refused.output = Message(why);
  reports_.AddRefusal(refused);
  SendReports();
}

Status Commander::Admit(const v1::Command& command, Waiting& waiting) {
  JournalEntry& entry = waiting.entry;
  entry.id = command.command_id();
  entry.kind = command.kind();
  entry.expires_unix_ns = command.expires_unix_ns();
  entry.life = std::min(absl::Milliseconds(command.life_ms()), kCommandLifeMax);
  for (const v1::Setting& argument : command.arguments()) {
    waiting.arguments[argument.name()] = argument.value();
  }
  if (journal_ == nullptr) return journal_error_;
  if (entry.life <= absl::ZeroDuration()) {
    return Error(StatusCode::kDeadlineExceeded, "the command expired before it arrived");
  }
  GODWIT_RETURN_IF_ERROR(Allows(options_, entry.kind, waiting.arguments));
  if (!actions_.contains(entry.kind)) {
    return Error(StatusCode::kUnimplemented, Cat("'", entry.kind, "' cannot be sent as a command"));
  }
  if (EndsAgent(entry.kind)) {
    GODWIT_RETURN_IF_ERROR(restarts_.Allows(deps_.clock.Boot()));
  }
  if (known_.contains(entry.id)) return absl::OkStatus();  // received before a restart
  if (entry.expires_unix_ns <= mark_) {
    return Error(StatusCode::kUnknown,
                 "it expires before commands that the device has forgotten, so it may have run");
  }
  if (known_.size() >= kJournalEntriesMax) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("the device remembers ", kJournalEntriesMax,
                     " commands that have not expired; try again later"));
  }
  if (OutputBytes() > kJournalOutputsMax) {
    return Error(StatusCode::kResourceExhausted,
                 "the device keeps too many results that it has not reported yet; try again later");
  }
  return absl::OkStatus();
}

// Forgets ids that have expired. An id may arrive again until it expires.
void Commander::ForgetExpired() {
  const absl::Duration now = deps_.clock.Boot();
  std::vector<CommandId> gone;
  for (const auto& [id, known] : known_) {
    if (known.forget_at > now || known.entry.state == CommandState::kStarted) continue;
    const bool in_hand = (current_ && current_->entry.id == id) || reports_.Contains(id);
    if (!in_hand) gone.push_back(id);
  }
  if (gone.empty()) return;
  for (const CommandId& id : gone) {
    mark_ = std::max(mark_, known_.at(id).entry.expires_unix_ns);
    known_.erase(id);
  }
  deps_.storage.Post([journal = journal_, gone] { journal->Forget(gone); });
}

void Commander::StartNext() {
  if (current_ || waiting_.empty()) return;
  current_ = std::move(waiting_.front());
  waiting_.pop_front();
  ++turn_;
  step_ = Step::kJournalling;
  const JournalEntry& entry = current_->entry;
  const auto [known, is_new] =
      known_.try_emplace(entry.id, Known{entry, deps_.clock.Boot() + entry.life});
  if (!is_new) return AskToGo();
  Journal(entry, [this](const Status& status) {
    if (status.ok()) return AskToGo();
    known_.erase(current_->entry.id);
    Refuse(current_->entry, CommandState::kRefused, status);
    LeaveCurrent();
  });
}

void Commander::AskToGo() {
  again_.reset();
  step_ = Step::kAsking;
  if (transport_ == nullptr) return;  // the next session asks
  v1::ReportCommandRequest request;
  request.set_session_token(token_);
  request.set_command_id(current_->entry.id);
  request.set_state(v1::COMMAND_STATE_RECEIVED);
  request.set_start_id(start_id_);
  asking_ = transport_->ReportCommand(
      request, kReportDeadline,
      [this](const CallResult& result, const v1::ReportCommandResponse& response) {
        OnGo(result, response);
      });
}

void Commander::OnGo(const CallResult& result, const v1::ReportCommandResponse& response) {
  if (!result.status.ok()) {
    again_ = deps_.loop.PostAfter(kReportAgain, [this] { AskToGo(); });
    return;
  }
  if (response.go()) return Start();
  const std::string reason = ForeignText(response.reason());
  LogInfo(Cat("command ", current_->entry.kind, ": not started: ", reason));
  // The collector knows how it ends. Here it only must not start any more.
  JournalEntry entry = current_->entry;
  entry.state = CommandState::kRefused;
  entry.output = reason;
  known_.at(entry.id).entry = entry;
  step_ = Step::kJournalling;
  Journal(entry, [this](const Status&) { LeaveCurrent(); });
}

void Commander::Start() {
  Known& known = known_.at(current_->entry.id);
  if (deps_.clock.Boot() >= known.forget_at) {
    return End(CommandState::kExpired, "the command expired before it started");
  }
  LogInfo(Cat("command ", current_->entry.kind, " of ", current_->issuer, " starts"));
  step_ = Step::kJournalling;
  if (EndsAgent(current_->entry.kind)) return RestartAgent();
  current_->entry.state = CommandState::kStarted;
  known.entry.state = CommandState::kStarted;
  Journal(current_->entry, [this](const Status& status) {
    if (status.ok()) return Act();
    End(CommandState::kRefused, Cat("not started: ", Message(status)));
  });
}

// The result is in the journal before the restart, and so is its time: the next start counts it.
void Commander::RestartAgent() {
  const absl::Duration now = deps_.clock.Boot();
  // Several may have waited.
  if (const Status allowed = restarts_.Allows(now); !allowed.ok()) {
    return End(CommandState::kRefused, Message(allowed));
  }
  deps_.storage.Post(
      [journal = journal_, mark = restarts_.Note(now)] { journal->NoteRestart(mark); });
  End(CommandState::kDone, "it starts now");
}

void Commander::Act() {
  step_ = Step::kActing;
  const uint64_t turn = turn_;
  const auto is_over = [this, alive = alive_.Refer(), turn] {
    return !alive || turn != turn_ || step_ != Step::kActing;
  };
  deadline_ = deps_.loop.PostAfter(kCommandDeadline, [this] {
    End(CommandState::kFailed, Cat("it did not end within ", absl::FormatDuration(kCommandDeadline),
                                   "; it may still be running"));
  });
  actions_.at(current_->entry.kind)
      .run(current_->arguments, [this, is_over](const StatusOr<std::string>& result) {
        if (is_over()) return;
        if (!result.ok()) return End(CommandState::kFailed, Message(result.status()));
        End(CommandState::kDone, *result);
      });
}

void Commander::End(CommandState state, std::string output) {
  deadline_.reset();
  step_ = Step::kJournalling;
  JournalEntry entry = current_->entry;
  entry.state = state;
  entry.output = BoundedOutput(output);
  known_.at(entry.id).entry = entry;
  LogDebug(Cat("command ", entry.kind, ": ", NameOf(state)));
  const bool then_end_agent = state == CommandState::kDone && EndsAgent(entry.kind);
  Journal(entry, [this, entry, then_end_agent](const Status& status) {
    // Not on flash: this start knows it, the next will call it unknown.
    if (!status.ok()) LogWarning(Message(status));
    if (then_end_agent && status.ok()) actions_.at(entry.kind).run({}, [](const auto&) {});
    reports_.AddResult(entry.id);
    SendReports();
    LeaveCurrent();
  });
}

void Commander::LeaveCurrent() {
  current_.reset();
  ++turn_;
  StartNext();
}

void Commander::Journal(JournalEntry entry, std::function<void(Status)> done) {
  deps_.storage.Post([alive = alive_.Refer(), journal = journal_, &loop = deps_.loop,
                      entry = std::move(entry), done = std::move(done)] {
    Status status = journal->Put(entry);
    loop.Post([alive, done, status] {
      if (alive) done(status);
    });
  });
}

// The collector has the result: all that is to be remembered is that there is one.
void Commander::Shorten(const CommandId& id) {
  const auto known = known_.find(id);
  if (known == known_.end()) return;
  std::string& output = known->second.entry.output;
  output = ReportedOutput(output);
  deps_.storage.Post([journal = journal_, id] { journal->Shorten(id); });
}

size_t Commander::OutputBytes() const {
  size_t bytes = 0;
  for (const auto& [id, known] : known_) bytes += known.entry.output.size();
  return bytes;
}

void Commander::SendReports() {
  report_again_.reset();
  if (transport_ == nullptr || reports_.empty() || reporting_ != nullptr) return;
  const CommandReports::Report& report = reports_.front();
  const JournalEntry& entry = report.refusal ? *report.refusal : known_.at(report.id).entry;
  v1::ReportCommandRequest request;
  request.set_session_token(token_);
  request.set_command_id(entry.id);
  request.set_state(ToProto(entry.state));
  request.set_start_id(start_id_);
  request.set_output(entry.output);
  reporting_ = transport_->ReportCommand(
      request, kReportDeadline, [this](const CallResult& result, const v1::ReportCommandResponse&) {
        reporting_.reset();
        if (result.status.ok() || IsNeverTaken(result.status)) {
          if (!reports_.front().refusal) Shorten(reports_.front().id);
          reports_.PopFront();
          return SendReports();
        }
        report_again_ = deps_.loop.PostAfter(kReportAgain, [this] { SendReports(); });
      });
}

}  // namespace godwit::agent
