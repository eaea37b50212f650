#include "tests/sim/sim_machine.h"

#include <algorithm>
#include <utility>

#include "agent/control/commander.h"
#include "agent/device/configuration_start.h"
#include "agent/device/device.h"
#include "agent/device/part_options.h"
#include "agent/limits.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::sim {
namespace {

constexpr char kSpool[] = "/spool";

class SimTransports final : public agent::TransportFactory {
 public:
  SimTransports(SimNetwork& network, Executor& loop) : network_(network), loop_(loop) {}
  std::unique_ptr<agent::Transport> Make(const agent::ChannelOptions& channel) override {
    return network_.NewTransport(loop_, channel.endpoint);
  }

 private:
  SimNetwork& network_;
  Executor& loop_;
};

class SimMemory final : public agent::ProcessMemory {
 public:
  explicit SimMemory(const std::unique_ptr<SimSensors>& sensors) : sensors_(sensors) {}
  ByteCount ResidentBytes() override {
    const bool harmed = sensors_ != nullptr && sensors_->Harms();
    return ByteCount{harmed ? 1024u : 8u} << 20;
  }
  void ReturnFree() override {}

 private:
  const std::unique_ptr<SimSensors>& sensors_;
};

}  // namespace

// A batch that the sampler has handed on.
struct SealedUnderWay {
  Batch batch;  // kept only where there was no place for it
  bool overloaded = false;
};

// The process: executors, ports, and the device over them.
struct SimMachine::Agent final : agent::DeviceProcess, agent::RecordLog {
  SimMachine& machine;
  SimExecutor loop;
  SimExecutor storage;
  SimTransports transports;
  std::unique_ptr<SimSensors> sensors;
  SimMemory memory{sensors};
  std::deque<SealedUnderWay> sealed;  // on their way to storage
  std::unique_ptr<agent::Device> device;
  std::unique_ptr<Timer> acting;
  bool stopped = false;

  explicit Agent(SimMachine& of)
      : machine(of),
        loop(of.deps_.scheduler),
        storage(of.deps_.scheduler),
        transports(of.deps_.network, loop) {}

  // Text: the spool does not open.
  std::string Open();
  agent::Commands MakeCommands(const AgentSettings& settings);

  void WatchNetwork() override {}
  void Stopping(bool) override {}
  void Stopped() override { stopped = true; }
  void Sealed(const agent::SealedBatch& batch) override;
  void Append(agent::Spool& spool, agent::EncodedBatch batch) override;
  void Lose(agent::Spool& spool, agent::BatchLoss loss) override;
};

SimMachine::SimMachine(MachineOptions options, MachineDependencies dependencies)
    : disk(dependencies.scheduler),
      clock(dependencies.scheduler),
      options_(options),
      deps_(dependencies),
      view_(disk, Cat(kSpool, "/"), kDeviceId),
      witness_(disk, view_, dependencies.ledger, dependencies.store,
               {options.spool_bytes, options.segment_bytes, options.when_full}),
      random_(dependencies.scheduler),
      settings_(options_, disk, boot_id_),
      unreadable_permille_(options.unreadable_permille) {
  deps_.network.Disconnect(kDeadEndpoint);
  disk.set_hook([this](bool after) {
    deps_.scheduler.Note(after ? 0xd15c : 0xd15b);
    if (cut_in_ == 0 || after != cut_after_ || --cut_in_ > 0) return;
    was_cut_ = true;
    throw PowerCutNow{};
  });
}

SimMachine::~SimMachine() {
  agent_.reset();
}

agent::Spool& SimMachine::spool() {
  return agent_->device->spool();
}

agent::Device& SimMachine::device() {
  return *agent_->device;
}

std::string SimMachine::Start() {
  settings_.SetBroken(false);
  ran_since_.reset();
  agent_ = std::make_unique<Agent>(*this);
  NoteClock();
  if (const std::string refusal = agent_->Open(); !refusal.empty()) {
    agent_.reset();
    return refusal;
  }
  agent_->loop.Post([&device = *agent_->device] { device.Start(); });
  return {};
}

// As agent/main.cc and agent/agent.cc do it.
std::string SimMachine::Agent::Open() {
  SimMachine& of = machine;
  agent::Configuration configuration{.settings = *of.settings_.LoadOwn(),
                                     .file_error = Error(StatusCode::kNotFound, "none")};
  if (of.options_.configured) {
    configuration = agent::OpenConfiguration({.settings = configuration.settings}, of.settings_,
                                             of.disk, of.boot_id_);
  }
  agent::Commands commands = MakeCommands(configuration.settings);
  agent::RunPlan plan = *of.settings_.Plan(configuration.settings);
  agent::SpoolOptions options = MakeSpoolOptions(configuration.settings, plan.identity);
  options.segment_bytes = of.options_.segment_bytes;
  options.ring_bytes = of.options_.ring_bytes;
  auto spool = agent::Spool::Open(options, of.disk, of.random_);
  if (!spool.ok()) return Cat("the agent does not start: ", Message(spool.status()), "; ");
  of.NoteRun(**spool);
  sensors = std::make_unique<SimSensors>(
      SimSensors::Dependencies{of.deps_.ledger, of.clock, of.interfaces}, (*spool)->run());
  auto made = *sensors->Make(configuration.settings.sensors);
  device =
      std::make_unique<agent::Device>(agent::DeviceStart{.settings = configuration.settings,
                                                         .plan = std::move(plan),
                                                         .own_files = configuration.own_files,
                                                         .state = configuration.state,
                                                         .file = std::move(configuration.file),
                                                         .file_error = configuration.file_error,
                                                         .spool = *std::move(spool),
                                                         .commands = std::move(commands)},
                                      std::move(made),
                                      agent::Device::Ports{.clock = of.clock,
                                                           .loop = loop,
                                                           .storage = storage,
                                                           .random = of.random_,
                                                           .loader = of.settings_,
                                                           .sensors = *sensors,
                                                           .transports = transports,
                                                           .memory = memory,
                                                           .log = *this,
                                                           .process = *this});
  return {};
}

void SimMachine::NoteRun(const agent::Spool& spool) {
  runs_.insert(spool.run());
  LogDebug(Cat("[", absl::FormatDuration(deps_.scheduler.now() - absl::Hours(1)), "] machine ",
               boot_id_.substr(0, 1), ": run ", Hex(spool.run()),
               " begins, disk: ", Message(spool.stats().disk)));
  deps_.ledger.RunBegan(spool.run(), boot_id_, disk.troubled());
}

agent::Commands SimMachine::Agent::MakeCommands(const AgentSettings& settings) {
  agent::Commands commands;
  Status status = Error(StatusCode::kNotFound, "none");
  if (machine.options_.acted != nullptr) {
    auto journal = agent::CommandJournal::Open(machine.disk, "/commands");
    if (journal.ok()) commands.journal = *std::move(journal);
    status = journal.status();
  }
  // It takes some time, in which anything may happen.
  const auto act = [this](const agent::Arguments& arguments, agent::CommandAction::Done done) {
    ++(*machine.options_.acted)[arguments.at("number")];
    acting = loop.PostAfter(machine.deps_.scheduler.DrawUpTo(absl::Seconds(5)),
                            [done] { done(std::string("acted")); });
  };
  commands.commander = std::make_unique<agent::Commander>(
      agent::MakeRemoteOptions(settings), agent::CommandActions{{"ping", {.run = act}}},
      commands.journal.get(), status, machine.random_.Next(),
      agent::Commander::Dependencies{
          .clock = machine.clock, .loop = loop, .storage = storage, .boot_id = machine.boot_id_});
  return commands;
}

void SimMachine::Agent::Sealed(const agent::SealedBatch& batch) {
  // So many may wait (docs/architecture.md, Memory): another has no place.
  const auto waiting = std::count_if(sealed.begin(), sealed.end(),
                                     [](const auto& other) { return !other.overloaded; });
  SealedUnderWay under_way{.overloaded = static_cast<size_t>(waiting) >= agent::kSealedBatchesMax};
  if (under_way.overloaded) under_way.batch = batch.batch;
  sealed.push_back(std::move(under_way));
  machine.seen_.several_layouts += batch.tables.size() > kSimSensors;
}

void SimMachine::Agent::Append(agent::Spool& spool, agent::EncodedBatch batch) {
  sealed.pop_front();
  machine.Append(spool, std::move(batch));
}

void SimMachine::Agent::Lose(agent::Spool& spool, agent::BatchLoss) {
  const SealedUnderWay lost = std::move(sealed.front());
  sealed.pop_front();
  machine.deps_.ledger.AttemptLost(spool.run(), lost.batch, lost.overloaded);
  spool.Lose(agent::LossReason::kOverload);
}

const agent::ConfigurationState& SimMachine::configuration() const {
  return agent_->device->configuration();
}

agent::Revision SimMachine::running() const {
  return RevisionOf(agent_->device->settings());
}

bool SimMachine::has_crashed() {
  constexpr absl::Duration kCrashAfter = absl::Seconds(3);
  const agent::Revision now = running();
  if (now.id != ran_.id || !ran_since_) ran_since_ = clock.Boot();
  ran_ = now;
  const std::string kind = KindOf(now);
  const bool confirmed = configuration().confirmed.id == now.id;
  return (kind == "crash" || (kind == "later" && confirmed)) &&
         clock.Boot() - *ran_since_ > kCrashAfter;
}

void SimMachine::ReloadFiles() {
  agent_->loop.Post([&device = *agent_->device] { device.Reload(); });
}

void SimMachine::BeginLive(const std::string& sensor, absl::Duration interval,
                           absl::Duration span) {
  agent_->loop.Post([this, sensor, interval, span] {
    seen_.live_views += device().live().Begin(sensor, interval, span).ok();
  });
}

void SimMachine::Append(agent::Spool& spool, agent::EncodedBatch batch) {
  const std::string honest = batch.bytes;
  if (deps_.scheduler.Chance(unreadable_permille_)) {
    batch.bytes = Cat("no batch at all ", deps_.scheduler.Draw());
    ++seen_.unreadable;
  }
  const RunId run = spool.run();
  const RecordName name = deps_.ledger.Attempt(run, honest, batch.bytes);
  witness_.NoteTrouble(run);
  const agent::Appended appended = spool.Append(agent::MakeRecord(std::move(batch)));
  GODWIT_CHECK(appended.name == name);
  witness_.NoteTrouble(run);
  seen_.lost += appended.fate == agent::Appended::Fate::kLost;
  seen_.in_memory += appended.fate == agent::Appended::Fate::kInMemory;
  if (appended.fate == agent::Appended::Fate::kSafe) witness_.NotePromise(name);
  if (appended.fate == agent::Appended::Fate::kLost) deps_.ledger.StopWaiting(name);
  seen_.written_back += witness_.NoteWaiting(run);
  seen_.ring_peak = std::max(seen_.ring_peak, spool.stats().bytes_in_memory);
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
  return *agent_->device->connection().uploader();
}

void SimMachine::PostToAgent(const std::function<void(agent::Uploader&)>& task) {
  Agent& parts = *agent_;
  parts.loop.Post([&parts, task] { task(*parts.device->connection().uploader()); });
}

void SimMachine::NoteEnd() {
  if (agent_ == nullptr || agent_->device == nullptr) return;
  const RunId run = agent_->device->spool().run();
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
  const RunId run = parts.device->spool().run();
  const bool undisturbed = !disk.troubled() && !witness_.ShortOfRoom() && parts.sealed.empty();
  parts.loop.Post([&parts] { parts.device->Stop(); });
  deps_.scheduler.RunUntil([&parts] { return parts.stopped; }, agent::kStopDrain);
  if (undisturbed && parts.stopped && view_.EndOf(run) != DiskView::End::kDurable) {
    violations_ += Cat("a stop of run ", Hex(run), " left no end; ");
  }
  NoteEnd();
  agent_.reset();
}

void SimMachine::NoteClock() {
  if (clock.lies()) deps_.ledger.ClockLied(boot_id_);
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
    if (agent_ != nullptr) deps_.scheduler.PassInside(span, agent_->storage);
    return false;
  });
}

void SimMachine::PowerCutSoon() {
  cut_in_ = 1 + static_cast<int>(deps_.scheduler.Draw() % 8);
  cut_after_ = deps_.scheduler.Chance(500);
}

// A file that somebody moved away is back by then: the image has all that was promised.
void SimMachine::TakeImage() {
  disk.PutBack();
  image_ = std::make_unique<SimFileSystem>(deps_.scheduler);
  image_->CopyFrom(disk);
  image_had_ = deps_.ledger.SafeNames();
  deps_.ledger.DiskCopied();
}

void SimMachine::RestoreImage() {
  GODWIT_CHECK(agent_ == nullptr);
  disk.CopyFrom(*image_);
  deps_.ledger.TearAway(runs_, image_had_);
  image_.reset();
}

void SimMachine::CopyDiskFrom(const SimMachine& other) {
  disk.CopyFrom(other.disk);
  boot_id_ = BootId(kBootIdSize, 'z');
  deps_.ledger.DiskCopied();
}

}  // namespace godwit::sim
