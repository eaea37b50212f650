// Long, since it is the twin of a whole device: everything that agent.cc, assembly.cc and main.cc
// wire, and what may befall a machine.
#include "tests/sim/sim_machine.h"

#include <algorithm>
#include <utility>

#include "agent/control/commander.h"
#include "agent/control/configurator.h"
#include "agent/control/remote_control.h"
#include "agent/limits.h"
#include "agent/sensors/factories.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"
#include "tests/sim/sim_configuration.h"

namespace godwit::sim {
namespace {

constexpr char kSpool[] = "/spool";

}  // namespace

// A batch that the sampler has handed on.
struct SealedUnderWay {
  Batch batch;  // kept only where there was no place for it
  bool overloaded = false;
};

struct SimMachine::Agent {
  SimExecutor loop;
  SimExecutor storage;
  std::unique_ptr<agent::Spool> spool;
  std::unique_ptr<agent::Transport> transport;
  std::unique_ptr<agent::CommandJournal> journal;
  std::unique_ptr<agent::Commander> commander;
  std::unique_ptr<agent::ConfigurationFile> configuration_file;
  std::unique_ptr<SimConfigurable> configurable;
  std::unique_ptr<agent::Configurator> configurator;
  std::unique_ptr<agent::LogFollower> log_follower;
  std::unique_ptr<agent::RemoteControl> remote;  // the uploader tells it when it goes
  std::unique_ptr<agent::Outbox> outbox;
  std::unique_ptr<agent::DeviceReporter> reporter;
  std::unique_ptr<agent::Uploader> uploader;
  std::unique_ptr<agent::Recorder> recorder;
  std::unique_ptr<agent::Sampler> sampler;
  std::deque<SealedUnderWay> sealed;  // on their way to storage
  std::unique_ptr<Timer> acting;
  bool stopped = false;

  agent::Identity identity;

  explicit Agent(SimScheduler& scheduler) : loop(scheduler), storage(scheduler) {}
};

SimMachine::SimMachine(MachineOptions options, MachineWorld world)
    : disk(world.scheduler),
      clock(world.scheduler),
      options_(options),
      world_(world),
      view_(disk, Cat(kSpool, "/"), kDeviceId),
      witness_(disk, view_, world.ledger, world.store,
               {options.spool_bytes, options.segment_bytes, options.when_full}),
      random_(world.scheduler),
      unreadable_permille_(options.unreadable_permille) {
  disk.set_hook([this](bool after) {
    world_.scheduler.Note(after ? 0xd15c : 0xd15b);
    if (cut_in_ == 0 || after != cut_after_ || --cut_in_ > 0) return;
    was_cut_ = true;
    throw PowerCutNow{};
  });
}

SimMachine::~SimMachine() {
  agent_.reset();
}

agent::Spool& SimMachine::spool() {
  return *agent_->spool;
}

std::string SimMachine::Start() {
  agent_ = std::make_unique<Agent>(world_.scheduler);
  NoteClock();
  Agent& parts = *agent_;
  auto spool = agent::Spool::Open({.path = kSpool,
                                   .device_id = kDeviceId,
                                   .boot_id = boot_id_,
                                   .max_bytes = options_.spool_bytes,
                                   .when_full = options_.when_full,
                                   .segment_bytes = options_.segment_bytes,
                                   .ring_bytes = options_.ring_bytes},
                                  disk, random_);
  if (!spool.ok()) {
    agent_.reset();
    return Cat("the agent does not start: ", Message(spool.status()), "; ");
  }
  parts.spool = *std::move(spool);
  runs_.insert(parts.spool->run());
  LogDebug(Cat("[", absl::FormatDuration(world_.scheduler.now() - absl::Hours(1)), "] machine ",
               boot_id_.substr(0, 1), ": run ", Hex(parts.spool->run()),
               " begins, disk: ", Message(parts.spool->stats().disk)));
  world_.ledger.RunBegan(parts.spool->run(), boot_id_, disk.troubled());
  Wire(parts);
  parts.loop.Post([&parts] {
    parts.sampler->Start();
    parts.uploader->Start();
  });
  return {};
}

void SimMachine::Wire(Agent& parts) {
  parts.identity = {.device_id = kDeviceId, .device_name = "sim", .boot_id = boot_id_};
  parts.reporter = std::make_unique<agent::DeviceReporter>(
      parts.identity, [] { return std::vector<agent::SensorReport>(); }, clock);
  if (options_.acted != nullptr || options_.configured) {
    WireCommands(parts);
    WireConfiguration(parts);
    parts.log_follower = std::make_unique<agent::LogFollower>(agent::RemoteOptions(), parts.loop);
    parts.remote = std::make_unique<agent::RemoteControl>(*parts.commander, *parts.configurator,
                                                          *parts.log_follower);
  }
  WireUplink(parts, !options_.configured || SimConfigurable::Reaches(running()));
  parts.recorder = std::make_unique<agent::Recorder>(
      parts.storage,
      agent::Recorder::Log{
          .append = [this, &parts](agent::EncodedBatch batch) { Append(parts, std::move(batch)); },
          .lose =
              [this, &parts](agent::BatchLoss) {
                const SealedUnderWay lost = std::move(parts.sealed.front());
                parts.sealed.pop_front();
                world_.ledger.AttemptLost(parts.spool->run(), lost.batch, lost.overloaded);
                parts.spool->Lose(agent::LossReason::kOverload);
              },
          .appended =
              [&parts] {
                parts.loop.PostLazily([&parts] {
                  parts.uploader->Wake();
                  const bool sound = parts.uploader->counters().records > 0;
                  if (sound && parts.configurator != nullptr) parts.configurator->NoteSound();
                });
              }});
  std::vector<agent::SampledSensor> sensors =
      MakeSimSensors(world_.ledger, parts.spool->run(), clock, interfaces);
  if (options_.counts_only) sensors.erase(sensors.begin() + 1, sensors.end());
  parts.sampler = std::make_unique<agent::Sampler>(
      agent::BatchOptions{.period = options_.batch_period, .boot_id = boot_id_}, std::move(sensors),
      clock, parts.loop, [this, &parts](agent::SealedBatch sealed) {
        // So many may wait (docs/architecture.md, Memory): another has no place.
        const auto waiting = std::count_if(parts.sealed.begin(), parts.sealed.end(),
                                           [](const auto& other) { return !other.overloaded; });
        SealedUnderWay under_way{.overloaded =
                                     static_cast<size_t>(waiting) >= agent::kSealedBatchesMax};
        if (under_way.overloaded) under_way.batch = sealed.batch;
        parts.sealed.push_back(std::move(under_way));
        seen_.several_layouts += sealed.tables.size() > kSimSensors;
        parts.recorder->Submit(std::move(sealed));
        parts.uploader->Wake();
      });
}

void SimMachine::WireUplink(Agent& parts, bool reaches) {
  parts.uploader.reset();
  parts.outbox.reset();
  parts.transport = world_.network.NewTransport(parts.loop, reaches);
  parts.outbox = std::make_unique<agent::Outbox>(*parts.spool, parts.storage, parts.loop);
  parts.uploader = std::make_unique<agent::Uploader>(
      agent::UploadOptions{.stream_period = absl::Seconds(30),
                           .batch_period = options_.batch_period},
      parts.identity, *parts.outbox, *parts.transport,
      agent::Uploader::World{clock, parts.loop, random_, *parts.reporter, parts.remote.get()});
}

// As the agent's start does it.
void SimMachine::WireConfiguration(Agent& parts) {
  const std::string files_hash = Sha256Prefix16(std::to_string(files_));
  auto file = agent::ConfigurationFile::Open(disk, "/configuration");
  agent::ConfigurationState state;
  if (file.ok()) {
    parts.configuration_file = *std::move(file);
    state = AfterStart(parts.configuration_file->state(), files_hash, boot_id_);
    parts.configuration_file->Save(state).IgnoreError();
  }
  parts.configurable = std::make_unique<SimConfigurable>(
      state.confirmed,
      SimConfigurable::World{.network = world_.network,
                             .clock = clock,
                             .loop = parts.loop,
                             .storage = parts.storage,
                             .spool = *parts.spool,
                             .identity = parts.identity,
                             .sampler = [&parts]() -> agent::Sampler& { return *parts.sampler; },
                             .reconnect =
                                 [this, &parts](bool reaches) {
                                   WireUplink(parts, reaches);
                                   parts.uploader->Start();
                                 }});
  parts.configurator = std::make_unique<agent::Configurator>(
      agent::ConfigureOptions{.enabled = options_.configured,
                              .confirm = kConfirm,
                              .files_hash = files_hash,
                              .boot_id = boot_id_},
      std::move(state), parts.configuration_file.get(), file.status(),
      agent::Configurator::World{
          .loop = parts.loop, .storage = parts.storage, .device = *parts.configurable});
}

const agent::ConfigurationState& SimMachine::configuration() const {
  return agent_->configurator->state();
}

const agent::Revision& SimMachine::running() const {
  return agent_->configurable->running();
}

bool SimMachine::has_crashed() const {
  constexpr absl::Duration kCrashAfter = absl::Seconds(3);
  const std::string kind = SimConfigurable::KindOf(running());
  const bool confirmed = configuration().confirmed.id == running().id;
  return (kind == "crash" || (kind == "later" && confirmed)) &&
         clock.Boot() - agent_->configurable->since() > kCrashAfter;
}

void SimMachine::WireCommands(Agent& parts) {
  auto journal = agent::CommandJournal::Open(disk, "/commands");
  if (journal.ok()) parts.journal = *std::move(journal);
  // It takes some time, in which anything may happen.
  const auto act = [this, &parts](const agent::Arguments& arguments,
                                  agent::CommandAction::Done done) {
    ++(*options_.acted)[arguments.at("number")];
    parts.acting = parts.loop.PostAfter(world_.scheduler.DrawUpTo(absl::Seconds(5)),
                                        [done] { done(std::string("acted")); });
  };
  parts.commander = std::make_unique<agent::Commander>(
      agent::RemoteOptions{.commands = {"ping"}}, agent::CommandActions{{"ping", {.run = act}}},
      parts.journal.get(), journal.status(), random_.Next(),
      agent::Commander::World{
          .clock = clock, .loop = parts.loop, .storage = parts.storage, .boot_id = boot_id_});
}

void SimMachine::Append(Agent& parts, agent::EncodedBatch batch) {
  const std::string honest = batch.bytes;
  if (world_.scheduler.Chance(unreadable_permille_)) {
    batch.bytes = Cat("no batch at all ", world_.scheduler.Draw());
    ++seen_.unreadable;
  }
  agent::NewRecord record{.batch = batch.bytes,
                          .first_unix_ns = batch.span.first_unix_ns,
                          .last_unix_ns = batch.span.last_unix_ns};
  for (const auto& [id, encoded] : batch.tables) record.tables.push_back({id, encoded});
  parts.sealed.pop_front();
  const RunId run = parts.spool->run();
  const RecordName name = world_.ledger.Attempt(run, honest, batch.bytes);
  witness_.NoteTrouble(run);
  const agent::Appended appended = parts.spool->Append(std::move(record));
  GODWIT_CHECK(appended.name == name);
  witness_.NoteTrouble(run);
  seen_.lost += appended.fate == agent::Appended::Fate::kLost;
  seen_.in_memory += appended.fate == agent::Appended::Fate::kInMemory;
  if (appended.fate == agent::Appended::Fate::kSafe) witness_.NotePromise(name);
  if (appended.fate == agent::Appended::Fate::kLost) world_.ledger.StopWaiting(name);
  seen_.written_back += witness_.NoteWaiting(run);
  seen_.ring_peak = std::max(seen_.ring_peak, parts.spool->stats().bytes_in_memory);
}

std::set<RecordName> SimMachine::Held() {
  std::set<RecordName> held;
  for (const agent::RunState& run : spool().Runs()) {
    for (const SeqRange& range : run.held.Ranges()) {
      for (Seq seq = range.first; seq <= range.last; ++seq) held.insert({run.run, seq});
    }
  }
  return held;
}

agent::Uploader& SimMachine::uploader() {
  return *agent_->uploader;
}

void SimMachine::PostToAgent(const std::function<void(agent::Uploader&)>& task) {
  Agent& parts = *agent_;
  parts.loop.Post([&parts, task] { task(*parts.uploader); });
}

void SimMachine::NoteEnd() {
  if (agent_ == nullptr || agent_->spool == nullptr) return;
  const RunId run = agent_->spool->run();
  seen_.clean_stops += witness_.NoteEnd(run, runs_);
}

void SimMachine::Kill() {
  NoteEnd();
  agent_.reset();
}

void SimMachine::PowerCut() {
  cut_in_ = 0;
  was_cut_ = false;
  // The disk first: what the dying process still does reaches nobody.
  disk.PowerCut();
  NoteEnd();
  agent_.reset();
  ++boot_id_[0];
}

void SimMachine::Stop() {
  Agent& parts = *agent_;
  const RunId run = parts.spool->run();
  const bool undisturbed = !disk.troubled() && !witness_.ShortOfRoom() && parts.sealed.empty();
  parts.loop.Post([&parts] {
    parts.sampler->Stop();
    if (parts.configurator != nullptr) parts.configurator->Stop();
    parts.storage.Post([&parts] {
      parts.spool->End();
      parts.loop.Post([&parts] { parts.uploader->Drain([&parts] { parts.stopped = true; }); });
    });
  });
  world_.scheduler.RunUntil([&parts] { return parts.stopped; }, agent::kStopDrain);
  if (undisturbed && parts.stopped && view_.EndOf(run) != DiskView::End::kDurable) {
    violations_ += Cat("a stop of run ", Hex(run), " left no end; ");
  }
  NoteEnd();
  agent_.reset();
}

void SimMachine::NoteClock() {
  if (clock.lies()) world_.ledger.ClockLied(boot_id_);
}

void SimMachine::SuspendFor(absl::Duration span) {
  if (agent_ == nullptr) return;
  agent_->loop.SuspendFor(span);
  agent_->storage.SuspendFor(span);
}

void SimMachine::SlowDiskFor(absl::Duration span) {
  if (agent_ != nullptr) agent_->storage.SuspendFor(span);
}

void SimMachine::HangNextSyncFor(absl::Duration span) {
  disk.HangNextSync([this, span] {
    if (agent_ != nullptr) world_.scheduler.PassInside(span, agent_->storage);
    return false;
  });
}

void SimMachine::PowerCutSoon() {
  cut_in_ = 1 + static_cast<int>(world_.scheduler.Draw() % 8);
  cut_after_ = world_.scheduler.Chance(500);
}

// A file that somebody moved away is back by then: the image has all that was promised.
void SimMachine::TakeImage() {
  disk.PutBack();
  image_ = std::make_unique<SimFileSystem>(world_.scheduler);
  image_->CopyFrom(disk);
  image_had_ = world_.ledger.SafeNames();
  world_.ledger.DiskCopied();
}

void SimMachine::RestoreImage() {
  GODWIT_CHECK(agent_ == nullptr);
  disk.CopyFrom(*image_);
  world_.ledger.TearAway(runs_, image_had_);
  image_.reset();
}

void SimMachine::CopyDiskFrom(const SimMachine& other) {
  disk.CopyFrom(other.disk);
  boot_id_ = BootId(kBootIdSize, 'z');
  world_.ledger.DiskCopied();
}

}  // namespace godwit::sim
