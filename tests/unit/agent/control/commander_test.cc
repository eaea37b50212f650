// What a commander makes of a collector that means it ill: replayed, forged, oversized and expired
// commands.
#include "agent/control/commander.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/control/limits.h"
#include "base/log.h"
#include "base/log_lines.h"
#include "base/text.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"
#include "tests/unit/agent/silent_transport.h"

namespace godwit::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Keeps what the device reports, and gives every command the go unless the test says otherwise.
class HostileCollector final : public SilentTransport {
 public:
  explicit HostileCollector(Executor& loop) : loop_(loop) {}

  bool lets_go = true;
  bool answers_reports = true;
  std::string reason;  // of what does not go
  // Of those that have ended.
  std::vector<v1::ReportCommandRequest> reports;

  std::unique_ptr<PendingCall> ReportCommand(const v1::ReportCommandRequest& request,
                                             absl::Duration, CommandReported reported) override {
    v1::ReportCommandResponse response;
    response.set_reason(reason);
    response.set_go(lets_go && request.state() == v1::COMMAND_STATE_RECEIVED);
    if (request.state() != v1::COMMAND_STATE_RECEIVED) reports.push_back(request);
    const bool of_end = request.state() != v1::COMMAND_STATE_RECEIVED;
    if (of_end && !answers_reports) return std::make_unique<PendingCall>();
    loop_.Post([reported, response] { reported({}, response); });
    return std::make_unique<PendingCall>();
  }

 private:
  Executor& loop_;
};

class CommanderTest : public testing::Test {
 protected:
  CommanderTest() { Start({"ping", "read", "logs"}); }

  // As another start of the agent would, with what the journal has.
  void Start(const std::set<std::string>& allowed) {
    commander_.reset();
    journal_ = *CommandJournal::Open(files_, "/commands");
    CommandActions actions;
    actions["ping"] = {.run = [this](const Arguments&, const CommandAction::Done& done) {
      done(Cat("acted ", ++acted_));
    }};
    actions["restart"] = {
        .run = [this](const Arguments&, const CommandAction::Done&) { ++restarts_; }};
    commander_ = std::make_unique<Commander>(
        RemoteOptions{.commands = allowed}, std::move(actions), journal_.get(), absl::OkStatus(),
        ++starts_,
        Commander::Dependencies{
            .clock = clock_, .loop = loop_, .storage = storage_, .boot_id = boot_id_});
    commander_->SessionOpened({.transport = collector_, .token = "token", .store_id = ""});
  }
  static v1::Command Numbered(size_t number, const std::string& kind = "ping") {
    v1::Command command = Command('x', kind);
    std::string id(kCommandIdSize, '\0');
    id[0] = static_cast<char>(number & 0xff);
    id[1] = static_cast<char>(number >> 8);
    command.set_command_id(id);
    command.set_expires_unix_ns(static_cast<int64_t>(1'000'000 + number));
    return command;
  }

  static v1::Command Command(char id, const std::string& kind = "ping") {
    v1::Command command;
    command.set_command_id(CommandId(kCommandIdSize, id));
    command.set_kind(kind);
    command.set_life_ms(60'000);
    command.set_expires_unix_ns(1000);
    return command;
  }
  // What is reported of it, as "state: output".
  std::vector<std::string> Send(const v1::Command& command) {
    collector_.reports.clear();
    commander_->OnCommand(command);
    scheduler_.RunFor(absl::Seconds(1));
    std::vector<std::string> out;
    for (const v1::ReportCommandRequest& report : collector_.reports) {
      out.push_back(Cat(v1::CommandState_Name(report.state()).substr(sizeof("COMMAND_STATE_") - 1),
                        ": ", report.output()));
    }
    return out;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimExecutor loop_{scheduler_};
  sim::SimExecutor storage_{scheduler_};
  sim::SimFileSystem files_{scheduler_};
  HostileCollector collector_{loop_};
  std::unique_ptr<CommandJournal> journal_;
  int acted_ = 0;
  int restarts_ = 0;
  uint64_t starts_ = 0;
  BootId boot_id_ = BootId(kBootIdSize, 'b');
  std::unique_ptr<Commander> commander_;
};

TEST_F(CommanderTest, AReplayedCommandIsReportedAgainAndNotRunAgain) {
  EXPECT_THAT(Send(Command('a')), ElementsAre("DONE: acted 1"));
  for (int replay = 0; replay < 3; ++replay) {
    EXPECT_THAT(Send(Command('a')), ElementsAre("DONE: acted 1"));
  }
  v1::Command forged = Command('a');
  forged.set_life_ms(3'600'000);
  forged.set_expires_unix_ns(1'000'000);
  EXPECT_THAT(Send(forged), ElementsAre("DONE: acted 1"));
  EXPECT_EQ(acted_, 1);
}

TEST_F(CommanderTest, AnIssuerIsLoggedAsOneShortCleanLine) {
  v1::Command command = Command('a');
  command.set_issuer("eve begins\n<3>root: \x1b[2J" + std::string(1 << 20, 'x'));
  testing::internal::CaptureStderr();
  Send(command);
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("command ping of eve begins\\n<3>root: \\x1b[2Jx"));
  EXPECT_THAT(logged, HasSubstr("x… starts\n"));
  EXPECT_LT(logged.size(), 300u);
  EXPECT_EQ(RecentLogLines().back().text.find('\x1b'), std::string::npos);
}

TEST_F(CommanderTest, WhyACommandMayNotGoIsKeptWithinBounds) {
  collector_.lets_go = false;
  collector_.reason = "\x1b[2J" + std::string(1 << 20, 'x');
  Send(Command('a'));
  const auto reported = Send(Command('a'));
  ASSERT_EQ(reported.size(), 1u);
  EXPECT_LT(reported[0].size(), 2000u);
  EXPECT_THAT(reported[0], HasSubstr("\\x1b[2Jx"));
}

TEST_F(CommanderTest, OneThatIsReplayedWhenItsLifeIsOverMayHaveRunAndDoesNot) {
  Send(Command('a'));
  scheduler_.RunFor(absl::Minutes(2));
  EXPECT_THAT(Send(Command('a')), ElementsAre(HasSubstr("OUTCOME_UNKNOWN: it expires before")));
  EXPECT_THAT(Send(Command('b')), ElementsAre(HasSubstr("OUTCOME_UNKNOWN")));  // as old as that
  EXPECT_EQ(acted_, 1);
}

TEST_F(CommanderTest, AnExpiredCommandDoesNotRun) {
  v1::Command command = Command('a');
  command.set_life_ms(0);
  EXPECT_THAT(Send(command), ElementsAre("EXPIRED: the command expired before it arrived"));
  command.set_life_ms(-1);
  EXPECT_THAT(Send(command), ElementsAre("EXPIRED: the command expired before it arrived"));
  EXPECT_EQ(acted_, 0);
}

TEST_F(CommanderTest, AnUnknownKindIsRefusedByName) {
  EXPECT_THAT(Send(Command('a', "format-disk")),
              ElementsAre("REFUSED: this agent does not know the command 'format-disk'"));
  EXPECT_THAT(Send(Command('b', "")), ElementsAre(HasSubstr("does not know the command ''")));
  EXPECT_THAT(Send(Command('c', "restart")), ElementsAre(HasSubstr("remote.commands")));
  EXPECT_THAT(Send(Command('d', "logs")),
              ElementsAre("REFUSED: 'logs' cannot be sent as a command"));
}

TEST_F(CommanderTest, WhatIsTooLargeIsRefusedWithItsLimit) {
  EXPECT_THAT(Send(Command('a', std::string(kCommandKindBytesMax + 1, 'x'))),
              ElementsAre("REFUSED: the kind is longer than 64 bytes"));
  v1::Command command = Command('b');
  command.add_arguments()->set_value(std::string(kCommandArgumentBytesMax + 1, 'x'));
  EXPECT_THAT(Send(command), ElementsAre("REFUSED: an argument is longer than 1024 bytes"));
  command = Command('c');
  for (size_t i = 0; i <= kCommandArgumentsMax; ++i) command.add_arguments();
  EXPECT_THAT(Send(command), ElementsAre("REFUSED: more than 16 arguments"));
  EXPECT_EQ(acted_, 0);
}

TEST_F(CommanderTest, AnIdThatIsNoneIsPassedOver) {
  for (const char* id : {"", "short"}) {
    v1::Command command = Command('a');
    command.set_command_id(id);
    EXPECT_THAT(Send(command), IsEmpty());
  }
  EXPECT_EQ(acted_, 0);
}

TEST_F(CommanderTest, WithoutAGoNothingRuns) {
  collector_.lets_go = false;
  EXPECT_THAT(Send(Command('a')), IsEmpty());
  EXPECT_EQ(acted_, 0);
  collector_.lets_go = true;
  EXPECT_THAT(Send(Command('a')), ElementsAre(HasSubstr("REFUSED")));  // it had its answer
  EXPECT_EQ(acted_, 0);
}

TEST_F(CommanderTest, AFloodOfCommandsFillsTheJournalAndIsRefusedThen) {
  int refused = 0;
  for (size_t i = 0; i < kJournalEntriesMax + 50; ++i) {
    v1::Command command = Command('x');
    std::string id(kCommandIdSize, '\0');
    id[0] = static_cast<char>(i & 0xff);
    id[1] = static_cast<char>(i >> 8);
    command.set_command_id(id);
    command.set_life_ms(absl::ToInt64Milliseconds(kCommandLifeMax));
    const auto answers = Send(command);
    ASSERT_EQ(answers.size(), 1u);
    if (answers.front().find("remembers 1024 commands") != std::string::npos) ++refused;
  }
  EXPECT_EQ(refused, 50);
  EXPECT_EQ(acted_, static_cast<int>(kJournalEntriesMax));
}

TEST_F(CommanderTest, RestartsByCommandAreLimitedAlsoAcrossThemselves) {
  size_t number = 0;
  for (size_t i = 0; i < kRestartsMax; ++i) {
    Start({"restart"});
    EXPECT_THAT(Send(Numbered(++number, "restart")), ElementsAre("DONE: it starts now"));
    scheduler_.RunFor(absl::Minutes(5));
  }
  EXPECT_EQ(restarts_, static_cast<int>(kRestartsMax));
  Start({"restart", "ping"});
  EXPECT_THAT(Send(Numbered(++number, "restart")),
              ElementsAre(HasSubstr(
                  "REFUSED: commands restart the agent at most 6 times in 1h; try again in 29m")));
  EXPECT_THAT(Send(Numbered(++number)), ElementsAre("DONE: acted 1"));
  EXPECT_EQ(restarts_, static_cast<int>(kRestartsMax));

  // The first of them is an hour ago; the next, five minutes later.
  scheduler_.RunFor(absl::Minutes(30));
  EXPECT_THAT(Send(Numbered(++number, "restart")), ElementsAre("DONE: it starts now"));
  Start({"restart"});
  EXPECT_THAT(Send(Numbered(++number, "restart")), ElementsAre(HasSubstr("REFUSED")));

  // A machine that was booted since begins with none.
  boot_id_ = BootId(kBootIdSize, 'c');
  Start({"restart"});
  EXPECT_THAT(Send(Numbered(++number, "restart")), ElementsAre("DONE: it starts now"));
}

TEST_F(CommanderTest, RestartsThatWaitedTogetherAreLimitedToo) {
  Start({"restart"});
  for (size_t i = 0; i < 2 * kRestartsMax; ++i) commander_->OnCommand(Numbered(i, "restart"));
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_EQ(restarts_, static_cast<int>(kRestartsMax));
  EXPECT_EQ(collector_.reports.size(), 2 * kRestartsMax);
}

TEST_F(CommanderTest, TheTimesOfRestartsSurviveANewFileAndAPowerCut) {
  Start({"restart"});
  for (size_t i = 0; i < kRestartsMax; ++i) Send(Numbered(i, "restart"));
  commander_.reset();
  scheduler_.RunFor(absl::Seconds(1));
  // The first entry of a start begins a new file.
  journal_ = *CommandJournal::Open(files_, "/commands");
  ASSERT_TRUE(journal_->Put({.id = CommandId(kCommandIdSize, 'z')}).ok());
  files_.PowerCut(sim::Unsynced::kDropped, sim::UnsyncedNames::kLost);
  Start({"restart"});
  EXPECT_EQ(journal_->restarts().size(), kRestartsMax);
  EXPECT_THAT(Send(Numbered(99, "restart")),
              ElementsAre(HasSubstr("REFUSED: commands restart the agent")));
}

TEST_F(CommanderTest, AFloodOfRefusalsIsBoundedAndNoResultIsLostBehindIt) {
  collector_.answers_reports = false;
  constexpr size_t kFlood = 300;
  for (size_t i = 0; i < kFlood; ++i) commander_->OnCommand(Numbered(i, "no-such-kind"));
  for (size_t i = 0; i < 20; ++i) commander_->OnCommand(Numbered(kFlood + i));
  scheduler_.RunFor(absl::Seconds(10));
  EXPECT_EQ(commander_->dropped_refusals(), kFlood - kRefusalsWaitingMax);
  EXPECT_EQ(acted_, 20);

  // The call that got no answer ends with its session.
  commander_->SessionLost();
  collector_.answers_reports = true;
  collector_.reports.clear();
  commander_->SessionOpened({.transport = collector_, .token = "token", .store_id = ""});
  scheduler_.RunFor(absl::Seconds(10));
  size_t done = 0;
  size_t refused = 0;
  for (const v1::ReportCommandRequest& report : collector_.reports) {
    done += report.state() == v1::COMMAND_STATE_DONE && !report.output().empty();
    refused += report.state() == v1::COMMAND_STATE_REFUSED;
  }
  EXPECT_EQ(done, 20u);
  EXPECT_EQ(refused, kRefusalsWaitingMax);

  // One that was dropped comes again, and is refused then.
  EXPECT_THAT(Send(Numbered(kFlood - 1, "no-such-kind")), ElementsAre(HasSubstr("REFUSED")));
}

TEST_F(CommanderTest, AResultThatIsOlderThanItsCommandsLifeIsReportedAllTheSame) {
  collector_.answers_reports = false;
  EXPECT_THAT(Send(Command('a')), ElementsAre("DONE: acted 1"));  // nobody says it arrived
  scheduler_.RunFor(absl::Hours(2));
  commander_->SessionLost();
  collector_.answers_reports = true;
  EXPECT_THAT(Send(Command('b')), IsEmpty());  // has the device forget what is over
  commander_->SessionOpened({.transport = collector_, .token = "token", .store_id = ""});
  scheduler_.RunFor(absl::Seconds(10));
  ASSERT_FALSE(collector_.reports.empty());
  EXPECT_EQ(collector_.reports.front().output(), "acted 1");
  EXPECT_EQ(acted_, 2);  // each once
}

}  // namespace
}  // namespace godwit::agent
