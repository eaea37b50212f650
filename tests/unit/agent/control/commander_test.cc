// What a commander makes of a collector that means it ill: replayed, forged, oversized and expired
// commands.
#include "agent/control/commander.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/control/limits.h"
#include "base/text.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// It hears what the device reports, and lets everything go unless told otherwise.
class HostileCollector final : public Transport {
 public:
  explicit HostileCollector(Executor& loop) : loop_(loop) {}

  bool lets_go = true;
  // Of those that have ended.
  std::vector<v1::ReportCommandRequest> reports;

  std::unique_ptr<PendingCall> ReportCommand(const v1::ReportCommandRequest& request,
                                             absl::Duration, CommandReported reported) override {
    v1::ReportCommandResponse response;
    response.set_go(lets_go && request.state() == v1::COMMAND_STATE_RECEIVED);
    if (request.state() != v1::COMMAND_STATE_RECEIVED) reports.push_back(request);
    loop_.Post([reported, response] { reported({}, response); });
    return std::make_unique<PendingCall>();
  }

  std::unique_ptr<PendingCall> OpenSession(const v1::OpenSessionRequest&, absl::Duration,
                                           SessionOpened) override {
    return nullptr;
  }
  std::unique_ptr<UploadStream> StartUpload(absl::Duration, UploadObserver&) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest&, absl::Duration,
                                               CommandObserver&) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> FetchRevision(const v1::FetchRevisionRequest&, absl::Duration,
                                             RevisionFetched) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReportRevision(const v1::ReportRevisionRequest&, absl::Duration,
                                              RevisionReported) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReportLog(const v1::ReportLogRequest&, absl::Duration,
                                         LogReported) override {
    return nullptr;
  }

 private:
  Executor& loop_;
};

class CommanderTest : public testing::Test {
 protected:
  CommanderTest() {
    journal_ = *CommandJournal::Open(files_, "/commands");
    CommandActions actions;
    actions["ping"] = {.run = [this](const Arguments&, const CommandAction::Done& done) {
      done(Cat("acted ", ++acted_));
    }};
    commander_ = std::make_unique<Commander>(
        RemoteOptions{.commands = {"ping", "read", "logs"}}, std::move(actions), journal_.get(),
        absl::OkStatus(), 1, Commander::World{.clock = clock_, .loop = loop_, .storage = storage_});
    commander_->SessionOpened({.transport = collector_, .token = "token", .store_id = ""});
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
  std::unique_ptr<Commander> commander_;
};

TEST_F(CommanderTest, AReplayedCommandIsToldAgainAndNotRunAgain) {
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
  EXPECT_THAT(Send(command), ElementsAre("EXPIRED: its life was over when it came"));
  command.set_life_ms(-1);
  EXPECT_THAT(Send(command), ElementsAre("EXPIRED: its life was over when it came"));
  EXPECT_EQ(acted_, 0);
}

TEST_F(CommanderTest, AnUnknownKindIsRefusedByName) {
  EXPECT_THAT(Send(Command('a', "format-disk")),
              ElementsAre("REFUSED: this agent knows no command 'format-disk'"));
  EXPECT_THAT(Send(Command('b', "")), ElementsAre(HasSubstr("knows no command ''")));
  EXPECT_THAT(Send(Command('c', "restart")), ElementsAre(HasSubstr("remote.commands")));
  EXPECT_THAT(Send(Command('d', "logs")), ElementsAre("REFUSED: 'logs' is no command"));
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
    const auto told = Send(command);
    ASSERT_EQ(told.size(), 1u);
    if (told.front().find("remembers 1024 commands") != std::string::npos) ++refused;
  }
  EXPECT_EQ(refused, 50);
  EXPECT_EQ(acted_, static_cast<int>(kJournalEntriesMax));
}

}  // namespace
}  // namespace godwit::agent
