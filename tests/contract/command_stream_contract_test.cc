// What every Transport promises of the stream that commands, offers and followed logs come by, and
// of what devices report of them (transport_worlds.h).
#include <gtest/gtest.h>

#include "tests/contract/transport_worlds.h"

namespace godwit {
namespace {

template <typename World>
class CommandStreamContract : public TransportTest<World> {
 protected:
  v1::ReportCommandResponse Report(const v1::ReportCommandRequest& request) {
    std::optional<v1::ReportCommandResponse> answer;
    std::unique_ptr<agent::PendingCall> call;
    this->world_.loop().Post([&] {
      call = this->world_.transport().ReportCommand(
          request, absl::Seconds(5),
          [&](const CallResult& result, const v1::ReportCommandResponse& response) {
            EXPECT_TRUE(result.status.ok()) << result.status;
            answer = response;
          });
    });
    this->world_.RunUntil([&] { return answer.has_value(); });
    return *answer;
  }
};
TYPED_TEST_SUITE(CommandStreamContract, TransportWorlds);

v1::ReceiveCommandsRequest Listening(const std::string& token) {
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token);
  return request;
}

struct CommandsObserved final : agent::CommandObserver {
  std::optional<CallResult> closed;
  // Each once: one that is issued while the stream opens may come twice.
  std::vector<v1::Command> commands;
  std::vector<v1::RevisionOffer> offers;
  std::vector<v1::FollowLog> follows;
  void OnMessage(const v1::ReceiveCommandsResponse& message) override {
    if (message.has_command()) AddCommand(message.command());
    if (message.has_offer()) offers.push_back(message.offer());
    if (message.has_follow_log()) follows.push_back(message.follow_log());
  }
  void AddCommand(const v1::Command& command) {
    for (const v1::Command& known : commands) {
      if (known.command_id() == command.command_id()) return;
    }
    commands.push_back(command);
  }
  void OnCommandsClosed(const CallResult& result) override { closed = result; }
};

v1::ReportLogRequest LogOf(const std::string& token, uint64_t follower, const std::string& text,
                           v1::LogLevel level, int64_t time) {
  v1::ReportLogRequest request;
  request.set_session_token(token);
  request.set_follower(follower);
  v1::LogLine& line = *request.add_lines();
  line.set_text(text);
  line.set_level(level);
  line.set_time_unix_ns(time);
  return request;
}

// A follower of a log, called on the loop.
struct FollowedLog {
  std::vector<std::string> lines;
  Status end;
  collector::LogFollower Follower(Executor& loop) {
    return {.id = 7,
            .device_id = kDevice,
            .level = v1::LOG_LEVEL_WARNING,
            .taken = [this, &loop](const StatusOr<v1::FollowLogResponse>& came) {
              loop.Post([this, came] {
                end = came.status();
                if (!came.ok()) return;
                for (const v1::LogLine& line : came->lines()) lines.push_back(line.text());
              });
            }};
  }
};

TYPED_TEST(CommandStreamContract, ALogIsFollowedUntilItsReaderLeaves) {
  const auto token = this->OpenSession();
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  FollowedLog followed;
  const auto follow = [&] {
    this->world_.OnIngest([follower = followed.Follower(this->world_.loop())](
                              collector::Ingest& ingest) { ingest.FollowLog(follower); });
  };
  follow();  // nobody listens yet
  this->world_.RunUntil([&] { return !followed.end.ok(); });
  EXPECT_TRUE(absl::IsAborted(followed.end)) << followed.end;
  followed.end = absl::OkStatus();

  this->world_.Issue("to see that it listens");
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  this->world_.RunUntil([&] { return observed.commands.size() == 1; });
  follow();
  this->world_.RunUntil([&] { return observed.follows.size() == 1; });
  EXPECT_EQ(observed.follows[0].follower(), 7u);
  EXPECT_EQ(observed.follows[0].level(), v1::LOG_LEVEL_WARNING);

  std::vector<std::unique_ptr<agent::PendingCall>> calls;
  size_t answered = 0;
  const auto report = [&](uint64_t to, const char* text, v1::LogLevel level, int64_t time) {
    const size_t before = answered;
    this->world_.loop().Post([&, request = LogOf(*token, to, text, level, time)] {
      calls.push_back(this->world_.transport().ReportLog(
          request, absl::Seconds(10), [&](const CallResult& result, const v1::ReportLogResponse&) {
            EXPECT_TRUE(result.status.ok()) << result.status;
            ++answered;
          }));
    });
    this->world_.RunUntil([&] { return answered > before; });
  };
  // What it last said comes first, then what comes; what is not that bad is passed over.
  report(0, "too early", v1::LOG_LEVEL_ERROR, 1);
  report(7, "before", v1::LOG_LEVEL_ERROR, 2);
  report(0, "new", v1::LOG_LEVEL_WARNING, 3);
  report(0, "harmless", v1::LOG_LEVEL_INFO, 4);
  report(7, "before", v1::LOG_LEVEL_ERROR, 2);  // again: it went away and came back
  report(8, "another's", v1::LOG_LEVEL_ERROR, 5);
  EXPECT_EQ(followed.lines, (std::vector<std::string>{"before", "new"}));

  this->world_.OnIngest([](collector::Ingest& ingest) { ingest.LeaveLog(7); });
  this->world_.RunUntil([&] { return observed.follows.size() == 2; });
  EXPECT_EQ(observed.follows[1].level(), v1::LOG_LEVEL_UNSPECIFIED);
  report(0, "later", v1::LOG_LEVEL_ERROR, 6);
  EXPECT_EQ(followed.lines.size(), 2u);
  this->world_.loop().Post([&] {
    calls.clear();
    commands.reset();
  });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(CommandStreamContract, ACommandStreamStaysOpenUntilItsTimeIsOver) {
  const auto token = this->OpenSession();
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(1), observed);
  });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsDeadlineExceeded(observed.closed->status)) << observed.closed->status;
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(CommandStreamContract, OffersComeAsTheyAreMadeAndTheirTextsAreFetched) {
  const auto token = this->OpenSession();
  this->world_.Push("before");
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  this->world_.RunUntil([&] { return observed.offers.size() == 1; });
  this->world_.Push("after");
  this->world_.RunUntil([&] { return observed.offers.size() == 2; });
  std::map<std::string, std::string> texts;
  std::vector<std::unique_ptr<agent::PendingCall>> calls;
  this->world_.loop().Post([&] {
    for (const std::string& id :
         {observed.offers[0].revision(), observed.offers[1].revision(), std::string(16, '?')}) {
      v1::FetchRevisionRequest fetch;
      fetch.set_session_token(*token);
      fetch.set_revision(id);
      calls.push_back(this->world_.transport().FetchRevision(
          fetch, absl::Seconds(10),
          [&texts, id](const CallResult& result, const v1::FetchRevisionResponse& response) {
            texts[id] = result.status.ok() ? response.text() : "none";
            EXPECT_TRUE(result.status.ok() || absl::IsNotFound(result.status)) << result.status;
          }));
    }
  });
  this->world_.RunUntil([&] { return texts.size() == 3; });
  EXPECT_EQ(texts[observed.offers[0].revision()], "before");
  EXPECT_EQ(texts[observed.offers[1].revision()], "after");
  EXPECT_EQ(texts[std::string(16, '?')], "none");
  this->world_.loop().Post([&] {
    calls.clear();
    commands.reset();
  });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(CommandStreamContract, CommandsComeAsTheyAreIssuedTheWaitingOnesFirst) {
  const auto token = this->OpenSession();
  this->world_.Issue("before");
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  this->world_.RunUntil([&] { return observed.commands.size() == 1; });
  this->world_.Issue("after");
  this->world_.RunUntil([&] { return observed.commands.size() == 2; });
  EXPECT_EQ(observed.commands[0].issuer(), "before");
  EXPECT_EQ(observed.commands[1].issuer(), "after");
  EXPECT_EQ(observed.commands[1].kind(), "ping");
  EXPECT_GT(observed.commands[1].life_ms(), 0);
  v1::ReportCommandRequest ask;
  ask.set_session_token(*token);
  ask.set_command_id(observed.commands[0].command_id());
  ask.set_state(v1::COMMAND_STATE_RECEIVED);
  ask.set_start_id(7);
  EXPECT_TRUE(this->Report(ask).go());
  ask.set_command_id(std::string(16, 'x'));
  EXPECT_FALSE(this->Report(ask).go());
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(CommandStreamContract, ACommandStreamOfAnUnknownSessionIsFailedPrecondition) {
  ASSERT_TRUE(this->OpenSession().ok());
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands = this->world_.transport().ReceiveCommands(Listening("no token"), absl::Seconds(60),
                                                        observed);
  });
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(absl::IsFailedPrecondition(observed.closed->status)) << observed.closed->status;
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

TYPED_TEST(CommandStreamContract, ACommandStreamEndsWithItsCollector) {
  const auto token = this->OpenSession();
  CommandsObserved observed;
  std::unique_ptr<agent::PendingCall> commands;
  this->world_.loop().Post([&] {
    commands =
        this->world_.transport().ReceiveCommands(Listening(*token), absl::Seconds(60), observed);
  });
  // What comes by it shows that it is open.
  this->world_.Issue("operator");
  this->world_.RunUntil([&] { return !observed.commands.empty(); });
  this->world_.CollectorDown();
  this->world_.RunUntil([&] { return observed.closed.has_value(); });
  EXPECT_TRUE(observed.closed->closed_by_peer) << observed.closed->status;
  this->world_.loop().Post([&] { commands.reset(); });
  this->world_.RunUntil([&] { return commands == nullptr; });
}

}  // namespace
}  // namespace godwit
