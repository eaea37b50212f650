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

std::vector<int64_t> TicksIn(const Batch& batch) {
  std::vector<int64_t> ticks;
  for (const Block& block : batch.blocks) {
    for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
      ticks.push_back(std::get<int64_t>(block.columns[0].At(tick)));
    }
  }
  return ticks;
}

// The sensor `count`, with the ledger looking over its shoulder.
class WitnessedSensor final : public Sensor {
 public:
  WitnessedSensor(Ledger& ledger, RunId run)
      : ledger_(ledger), run_(run), inner_(*agent::MakePatternSensor({.series = 2})) {}
  const std::vector<Table>& groups() const override { return inner_->groups(); }
  Status Read(const Tick& tick, Readings& readings) override {
    const Status status = inner_->Read(tick, readings);
    ledger_.TickRead(run_, std::get<int64_t>(readings[0][0]));
    return status;
  }

 private:
  Ledger& ledger_;
  const RunId run_;
  std::unique_ptr<Sensor> inner_;
};

}  // namespace

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
  std::deque<std::vector<int64_t>> sealed;  // ticks of batches on their way to storage
  std::unique_ptr<Timer> acting;
  bool stopped = false;
  bool ended = false;

  agent::Identity identity;

  explicit Agent(SimScheduler& scheduler) : loop(scheduler), storage(scheduler) {}
};

SimMachine::SimMachine(MachineOptions options, MachineWorld world)
    : disk(world.scheduler),
      clock(world.scheduler),
      options_(options),
      world_(world),
      random_(world.scheduler),
      unreadable_permille_(options.unreadable_permille) {
  disk.set_hook([this](bool after) {
    world_.scheduler.Note(after ? 0xd15c : 0xd15b);
    if (cut_in_ == 0 || after != cut_after_ || --cut_in_ > 0) return;
    was_cut_ = true;
    throw PowerCutNow{};
  });
  disk.set_remove_witness([this](const std::string& path) { WitnessRemoval(path); });
}

// A segment may go when the collector has what it holds, or when there is no room.
void SimMachine::WitnessRemoval(const std::string& path) {
  // What a spool may want at once: a segment and its opening, twice, and a large record.
  const ByteCount wanted = 2 * options_.segment_bytes + (16 << 10);
  const bool short_of_room = disk.blocks() + wanted > options_.spool_bytes ||
                             disk.UsedBytes() + disk.space() / 10 > disk.space();
  const auto name = agent::ParseSegmentFileName(path.substr(path.rfind('/') + 1));
  if (short_of_room || !name || world_.ledger.collector_restored()) return;
  const auto file = disk.Open(path);
  if (!file.ok()) return;
  // A record whose sync failed here stands in the next segment as well.
  Seq next_first = agent::kSpoolSeqMax;
  const auto files = disk.List(kSpool);
  for (const FileEntry& other : *files) {
    const auto other_name = agent::ParseSegmentFileName(other.name);
    if (other_name && other_name->run == name->run && *other_name > *name) {
      next_first = std::min(next_first, other_name->first_seq);
    }
  }
  agent::SegmentReader reader(**file, *name, kDeviceId);
  for (auto entry = reader.Next(); entry.ok() && *entry; entry = reader.Next()) {
    const agent::EntryHeader& header = (*entry)->place.header;
    if (header.type != agent::EntryType::kRecord || header.seq >= next_first) continue;
    const RecordName record{name->run, header.seq};
    if (!world_.ledger.IsSafe(record) || world_.store.Find(record) != nullptr ||
        world_.store.IsGap(record) || world_.store.IsRejected(record)) {
      continue;
    }
    violations_ += Cat("removed, and nobody has it: ", Hex(record.run), "/", record.seq, "; ");
    return;
  }
}

SimMachine::~SimMachine() {
  agent_.reset();
}

agent::Spool& SimMachine::spool() {
  return *agent_->spool;
}

std::string SimMachine::Start() {
  agent_ = std::make_unique<Agent>(world_.scheduler);
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
  world_.ledger.RunBegan(parts.spool->run(), parts.spool->stats().disk.ok());
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
                world_.ledger.Attempt(parts.spool->run(), std::move(parts.sealed.front()), {});
                parts.sealed.pop_front();
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
  std::vector<agent::SampledSensor> sensors;
  sensors.push_back({.name = "pattern/count",
                     .sensor = std::make_unique<WitnessedSensor>(world_.ledger, parts.spool->run()),
                     .interval = kTickInterval});
  parts.sampler = std::make_unique<agent::Sampler>(
      agent::BatchOptions{.period = options_.batch_period, .boot_id = boot_id_}, std::move(sensors),
      clock, parts.loop, [&parts](agent::SealedBatch sealed) {
        parts.sealed.push_back(TicksIn(sealed.batch));
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
      agent::Commander::World{.clock = clock, .loop = parts.loop, .storage = parts.storage});
}

void SimMachine::Append(Agent& parts, agent::EncodedBatch batch) {
  if (world_.scheduler.Chance(unreadable_permille_)) {
    batch.bytes = Cat("no batch at all ", world_.scheduler.Draw());
    world_.ledger.NextIsUnreadable();
    ++seen_.unreadable;
  }
  agent::NewRecord record{.batch = batch.bytes,
                          .first_unix_ns = batch.span.first_unix_ns,
                          .last_unix_ns = batch.span.last_unix_ns};
  for (const auto& [id, encoded] : batch.tables) record.tables.push_back({id, encoded});
  const RecordName name =
      world_.ledger.Attempt(parts.spool->run(), std::move(parts.sealed.front()), batch.bytes);
  parts.sealed.pop_front();
  const agent::Appended appended = parts.spool->Append(std::move(record));
  GODWIT_CHECK(appended.name == name);
  world_.ledger.Promise(name, appended.fate);
  seen_.lost += appended.fate == agent::Appended::Fate::kLost;
  if (appended.fate == agent::Appended::Fate::kInMemory) {
    ++seen_.in_memory;
    waiting_.insert(appended.name);
  }
  NoteRing(parts);
}

void SimMachine::NoteRing(Agent& parts) {
  const agent::SpoolStats stats = parts.spool->stats();
  seen_.ring_peak = std::max(seen_.ring_peak, stats.bytes_in_memory);
  if (stats.bytes_in_memory > 0 || waiting_.empty()) return;
  const std::set<RecordName> held = Held();
  for (const RecordName& name : waiting_) {
    if (held.contains(name)) {
      world_.ledger.BecameSafe(name);
      ++seen_.written_back;
    }
  }
  waiting_.clear();
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

bool SimMachine::HasAside(const RecordName& name) {
  agent::Aside aside(disk, kSpool, kDeviceId);
  return aside.Load().ok() && aside.HasSound(name);
}

agent::Uploader& SimMachine::uploader() {
  return *agent_->uploader;
}

void SimMachine::PostToAgent(const std::function<void(agent::Uploader&)>& task) {
  Agent& parts = *agent_;
  parts.loop.Post([&parts, task] { task(*parts.uploader); });
}

void SimMachine::NoteEnd(bool clean) {
  if (agent_ == nullptr || agent_->spool == nullptr) return;
  world_.ledger.RunEnded(agent_->spool->run(), clean);
  waiting_.clear();
}

void SimMachine::Kill() {
  NoteEnd(false);
  agent_.reset();
}

void SimMachine::PowerCut() {
  cut_in_ = 0;
  was_cut_ = false;
  // The disk first: what the dying process still does reaches nobody.
  disk.PowerCut();
  NoteEnd(false);
  agent_.reset();
  ++boot_id_[0];
}

void SimMachine::Stop() {
  Agent& parts = *agent_;
  parts.loop.Post([&parts] {
    parts.sampler->Stop();
    if (parts.configurator != nullptr) parts.configurator->Stop();
    parts.storage.Post([&parts] {
      parts.spool->End();
      parts.ended = parts.spool->stats().disk.ok();
      parts.loop.Post([&parts] { parts.uploader->Drain([&parts] { parts.stopped = true; }); });
    });
  });
  world_.scheduler.RunUntil([&parts] { return parts.stopped; }, agent::kStopDrain);
  const bool clean = parts.ended;
  seen_.clean_stops += clean;
  NoteEnd(clean);
  agent_.reset();
}

void SimMachine::SuspendFor(absl::Duration span) {
  if (agent_ == nullptr) return;
  agent_->loop.SuspendFor(span);
  agent_->storage.SuspendFor(span);
}

void SimMachine::SlowDiskFor(absl::Duration span) {
  if (agent_ != nullptr) agent_->storage.SuspendFor(span);
}

void SimMachine::PowerCutSoon() {
  cut_in_ = 1 + static_cast<int>(world_.scheduler.Draw() % 8);
  cut_after_ = world_.scheduler.Chance(500);
}

void SimMachine::TakeImage() {
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
