#include "agent/command_actions.h"

#include <memory>
#include <utility>

#include "agent/control/limits.h"
#include "agent/control/policy.h"
#include "agent/sensor_assembly.h"
#include "agent/sensor_command.h"
#include "base/check.h"
#include "base/command_kinds.h"
#include "base/hidden_text.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "base/units.h"
#include "codec/zstd_frame.h"
#include "platform/linux/blocking_worker.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kLogLevelFor = absl::Minutes(10);  // when nobody says
constexpr absl::Duration kLogLevelForMax = absl::Hours(1);
constexpr absl::Duration kLiveInterval = absl::Seconds(1);
constexpr absl::Duration kLiveIntervalMin = absl::Milliseconds(100);
constexpr absl::Duration kLiveFor = absl::Minutes(1);
constexpr absl::Duration kLiveForMax = absl::Minutes(15);
// The result is on its way by then.
constexpr absl::Duration kRestartIn = absl::Milliseconds(300);

using Done = CommandAction::Done;

Status Wrong(const std::string& why) {
  return Error(StatusCode::kInvalidArgument, why);
}

std::string ArgumentOr(const Arguments& arguments, const std::string& name,
                       const std::string& fallback) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? fallback : found->second;
}

StatusOr<absl::Duration> SpanOf(const Arguments& arguments, const std::string& name,
                                absl::Duration fallback, absl::Duration min, absl::Duration max) {
  const std::string text = ArgumentOr(arguments, name, "");
  if (text.empty()) return fallback;
  GODWIT_ASSIGN_OR_RETURN(const absl::Duration span, ParseDuration(text));
  if (span >= min && span <= max) return span;
  return Wrong(Cat(name, "= must be from ", DurationText(min), " to ", DurationText(max)));
}

CommandAction Ping(const Clock& clock) {
  return {.run = [&clock](const Arguments&, const Done& done) {
    done(Cat("godwit-agent ", GODWIT_VERSION, ", wall clock ",
             absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", clock.Wall(), absl::UTCTimeZone()),
             clock.WallSynchronised() ? " (synchronised)" : " (not synchronised)",
             ", machine up for ",
             absl::FormatDuration(absl::Trunc(clock.Boot(), absl::Seconds(1)))));
  }};
}

CommandAction Read(std::function<Sampler&()> sampler) {
  return {.run = [sampler = std::move(sampler)](const Arguments& arguments, const Done& done) {
    const std::string name = arguments.at("sensor");
    if (IsEmptiedByReading(name)) {
      return done(Error(
          StatusCode::kFailedPrecondition,
          Cat(name,
              " cannot be read by a command: the reading would take samples from its next tick")));
    }
    const Status started = sampler().CheckSensor(name, [name, done](Sampler::CheckResult result) {
      SensorCheck check{.name = name};
      check.status = result.status;
      check.took = result.took;
      check.groups = std::move(result.groups);
      check.values = std::move(result.values);
      const std::string text = TextOf(check);
      done(check.status.ok() ? StatusOr<std::string>(text) : Error(StatusCode::kInternal, text));
    });
    if (!started.ok()) done(started);
  }};
}

CommandAction SetLevel(Executor& loop) {
  auto timer = std::make_shared<std::unique_ptr<Timer>>();
  return {.run = [&loop, timer](const Arguments& arguments, const Done& done) {
    LogLevel level = LogLevel::kInfo;
    if (!ParseLogLevel(ArgumentOr(arguments, "level", ""), level)) {
      return done(Wrong("give level=debug, level=info, level=warning or level=error"));
    }
    const auto span = SpanOf(arguments, "for", kLogLevelFor, absl::Seconds(1), kLogLevelForMax);
    if (!span.ok()) return done(span.status());
    SetLogLevel(level);
    // The level of the command line comes back, also without a link.
    *timer = loop.PostAfter(*span, [] { ResetLogLevel(); });
    done(Cat("logging ", ArgumentOr(arguments, "level", ""), " for ", DurationText(*span)));
  }};
}

CommandAction Live(const CommandTargets& targets) {
  return {.run = [live = targets.live](const Arguments& arguments, const Done& done) {
    const std::string& sensor = arguments.at("sensor");
    if (IsEmptiedByReading(sensor)) {
      return done(Error(
          StatusCode::kFailedPrecondition,
          Cat(sensor,
              " cannot be read more often: it would lose what has arrived since its last tick")));
    }
    const auto interval =
        SpanOf(arguments, "interval", kLiveInterval, kLiveIntervalMin, absl::Hours(1));
    if (!interval.ok()) return done(interval.status());
    const auto span = SpanOf(arguments, "for", kLiveFor, absl::Seconds(1), kLiveForMax);
    if (!span.ok()) return done(span.status());
    done(live(sensor, *interval, *span));
  }};
}

// A frame of the text; of one that is too long for it, the beginning.
std::string Packed(std::string text) {
  while (true) {
    std::string frame;
    ZstdCompressor(ZstdCompressor::Content::kText).Compress({text}, frame);
    if (frame.size() <= kCommandOutputBytesMax) return frame;
    text = Cat(CutUtf8(text, text.size() / 2), "\n(cut)\n");
  }
}

std::string TextOf(const std::string& output, const std::string& error_output) {
  // Hidden before it is cut: half a secret would not be recognised.
  std::string text = PlainLines(CutUtf8(WithHiddenTexts(output), kCommandOutputBytesMax));
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text + PlainLines(WithHiddenTexts(error_output));
}

StatusOr<std::string> OutcomeOf(const StatusOr<ProgramResult>& result, absl::Duration deadline) {
  if (!result.ok()) return result.status();
  const std::string text = TextOf(result->output, result->error_output);
  const auto failed = [&](const std::string& how) {
    return Error(StatusCode::kInternal, Cat(how, text.empty() ? "" : "\n", text));
  };
  switch (result->end) {
    case ProgramResult::End::kExited:
      if (result->code == 0) return text;
      return failed(Cat("ended with exit code ", result->code));
    case ProgramResult::End::kSignalled:
      return failed(Cat("was ended by signal ", result->code));
    case ProgramResult::End::kDeadline:
      return failed(Cat("was killed: it ran longer than ", DurationText(deadline)));
    case ProgramResult::End::kFlooded:
      return failed(Cat("was killed: it printed more than ", SizeText(kCommandOutputBytesMax)));
  }
  return text;
}

// Between the thread that runs a program and the loop, which may be gone when it has ended.
class LoopDoor {
 public:
  explicit LoopDoor(Executor& loop) : loop_(&loop) {}
  void Post(Executor::Task task) {
    const MutexLock lock(mutex_);
    if (loop_ != nullptr) loop_->Post(std::move(task));
  }
  void Close() {
    const MutexLock lock(mutex_);
    loop_ = nullptr;
  }

 private:
  Mutex mutex_;
  Executor* loop_ ABSL_GUARDED_BY(mutex_);
};

// Its thread is not waited for: the door is closed instead.
struct ProgramThread {
  explicit ProgramThread(Executor& loop) : door(std::make_shared<LoopDoor>(loop)) {}
  ~ProgramThread() { door->Close(); }

  const std::shared_ptr<LoopDoor> door;
  BlockingWorker worker{"run"};
};

CommandAction RunProgram(const CommandTargets& targets) {
  return {.run = [thread = std::make_shared<ProgramThread>(targets.loop),
                  &programs = targets.programs,
                  options = targets.options](const Arguments& arguments, const Done& done) {
    const RemoteOptions owner = options();
    auto command = ProgramCommand(owner, arguments);
    if (!command.ok()) return done(command.status());
    ProgramRequest request{.command = *std::move(command),
                           .deadline = owner.program_timeout,
                           .output_bytes_max = kCommandOutputBytesMax};
    thread->worker.Post([door = thread->door, &programs, request = std::move(request), done] {
      auto result = programs.Run(request);
      door->Post([result = std::move(result), deadline = request.deadline, done] {
        done(OutcomeOf(result, deadline));
      });
    });
  }};
}

CommandAction Flush(std::function<std::string()> flush) {
  return {.run = [flush = std::move(flush)](const Arguments&, const Done& done) { done(flush()); }};
}

CommandAction Diagnostics(std::function<std::string()> diagnostics) {
  return {.run = [diagnostics = std::move(diagnostics)](const Arguments&, const Done& done) {
    done(Packed(diagnostics()));
  }};
}

CommandAction Restart(Executor& loop, std::function<void()> restart) {
  auto timer = std::make_shared<std::unique_ptr<Timer>>();
  return {.run = [&loop, timer, restart = std::move(restart)](const Arguments&, const Done&) {
    *timer = loop.PostAfter(kRestartIn, restart);
  }};
}

// The one place that gives a kind its action.
CommandAction ActionOf(CommandKindId kind, const CommandTargets& targets) {
  switch (kind) {
    case CommandKindId::kPing:
      return Ping(targets.clock);
    case CommandKindId::kRead:
      return Read(targets.sampler);
    case CommandKindId::kFlush:
      return Flush(targets.flush);
    case CommandKindId::kSetLogLevel:
      return SetLevel(targets.loop);
    case CommandKindId::kLive:
      return Live(targets);
    case CommandKindId::kDiagnostics:
      return Diagnostics(targets.diagnostics);
    case CommandKindId::kRestart:
      return Restart(targets.loop, targets.restart);
    case CommandKindId::kRun:
      return RunProgram(targets);
    case CommandKindId::kLogs:
      break;  // not sent: LogFollower follows the log
  }
  return {};
}

}  // namespace

CommandActions MakeActions(const CommandTargets& targets) {
  CommandActions actions;
  for (const CommandKind& kind : kCommandKinds) {
    if (!kind.is_sent) continue;
    CommandAction action = ActionOf(kind.id, targets);
    GODWIT_CHECK(action.run != nullptr);
    actions.emplace(kind.name, std::move(action));
  }
  return actions;
}

}  // namespace godwit::agent
