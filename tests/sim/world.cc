#include "tests/sim/world.h"

#include <algorithm>

#include "base/text.h"

namespace godwit::sim {
namespace {

constexpr int kPageRecords = 20;

}  // namespace

struct World::Collector {
  SimExecutor ingest_executor;
  SimExecutor writer_executor;
  collector::Figures figures;
  collector::Writer writer;
  std::unique_ptr<collector::Ingest> ingest;

  explicit Collector(World& world)
      : ingest_executor(world.scheduler),
        writer_executor(world.scheduler),
        writer(world.store, writer_executor, world.collector_clock_, figures),
        ingest(std::make_unique<collector::Ingest>(
            writer, world.store.store_id(), figures,
            collector::Ingest::World{world.collector_clock_, ingest_executor,
                                     world.collector_random_})) {}
};

World::World(uint64_t seed, MachineOptions options) : scheduler(seed), options_(options) {
  machines.push_back(
      std::make_unique<SimMachine>(options_, MachineWorld{scheduler, network, ledger, store}));
}

World::~World() {
  for (const auto& machine : machines) {
    if (machine->up()) machine->Kill();
  }
  if (collector_up()) KillCollector();
}

void World::StartCollector() {
  collector_ = std::make_unique<Collector>(*this);
  network.CollectorUp(*collector_->ingest, collector_->ingest_executor);
}

void World::KillCollector() {
  network.CollectorDown();
  collector_.reset();
}

void World::SlowCollectorFor(absl::Duration span) {
  if (collector_ == nullptr) return;
  collector_->writer_executor.SuspendFor(span);
  if (scheduler.Chance(500)) collector_->ingest_executor.SuspendFor(span);
}

void World::IssueCommand(const std::string& number, absl::Duration life) {
  if (collector_ == nullptr) return;
  collector_->ingest_executor.Post([this, number, life] {
    collector_->ingest->Issue({.device_id = SimMachine::kDeviceId,
                               .kind = "ping",
                               .arguments = {{"number", number}},
                               .issuer = "sim"},
                              life, [](const StatusOr<collector::CommandRow>&) {});
  });
}

void World::PushRevision(const std::string& text) {
  if (collector_ == nullptr) return;
  collector_->ingest_executor.Post([this, text] {
    collector_->ingest->Push({.device_ids = {SimMachine::kDeviceId}, .text = text, .issuer = "sim"},
                             [](const Status&) {});
  });
}

void World::RestoreBackup() {
  store = *backup_;
  ledger.CollectorRestored();
  reader_at_ = {};
}

void World::StartMachine(SimMachine& machine) {
  while (!machine.up()) {
    try {
      const std::string refusal = machine.Start();
      if (refusal.empty()) return;
      violations_ += refusal;
      return;
    } catch (const PowerCutNow&) {
      ++states["power cut while starting"];
      machine.PowerCut();
    }
  }
}

void World::StopMachine(SimMachine& machine) {
  try {
    machine.Stop();
  } catch (const PowerCutNow&) {
    ++states["power cut while stopping"];
    for (const auto& other : machines) {
      if (other->was_cut()) other->PowerCut();
    }
    if (machine.up()) machine.Kill();
  }
}

void World::CopyCard(SimMachine& from) {
  machines.push_back(
      std::make_unique<SimMachine>(options_, MachineWorld{scheduler, network, ledger, store}));
  machines.back()->CopyDiskFrom(from);
  StartMachine(*machines.back());
}

void World::RunFor(absl::Duration span) {
  const absl::Duration end = scheduler.now() + span;
  while (scheduler.now() < end) {
    try {
      scheduler.RunTo(end);
    } catch (const PowerCutNow&) {
      for (const auto& machine : machines) {
        if (!machine->was_cut()) continue;
        ++states["power cut in the middle of a write"];
        machine->PowerCut();
        StartMachine(*machine);
      }
    }
  }
  ReadOn();
  for (const auto& machine : machines) {
    if (machine->seen().ring_peak > options_.ring_bytes)
      violations_ += "the ring is over its bound; ";
    if (machine->disk.peak_blocks() > options_.spool_bytes) {
      violations_ += "the spool is over its bound; ";
    }
  }
}

std::set<RecordName> World::HeldAnywhere() {
  std::set<RecordName> held;
  for (const auto& machine : machines) {
    if (machine->up()) held.merge(machine->Held());
  }
  return held;
}

bool World::RunUntilDrained(absl::Duration limit) {
  ledger.CallDue();
  // However long a machine sleeps, however far its agent has backed off: it has had its session.
  RunFor(absl::Minutes(30));
  const std::set<RecordName> held_at_first = HeldAnywhere();
  const auto drained = [&] {
    if (!ledger.Unaccounted(store).empty()) return false;
    const std::set<RecordName> held = HeldAnywhere();
    if (!ledger.Forgotten(store, held).empty()) return false;
    return std::all_of(held.begin(), held.end(), [&](const RecordName& name) {
      return store.Find(name) != nullptr || !held_at_first.contains(name) ||
             ledger.IsUnreadable(name);
    });
  };
  // To look at every record after each step would take longer than the steps.
  const absl::Duration end = scheduler.now() + limit;
  while (scheduler.now() < end && !drained()) RunFor(absl::Seconds(20));
  return drained();
}

void World::ReadOn() {
  const auto devices = store.Devices();
  if (devices->empty()) return;
  for (int i = 0; i < kPageRecords; ++i) {
    const auto next = *store.Next(devices->front().key, reader_at_, {});
    if (!next) return;
    if (next->cursor <= reader_at_) violations_ += "a reader goes backwards; ";
    reader_at_ = next->cursor;
  }
  ++states["a slow reader, a page behind"];
}

// A rejection settles only what stands aside on some disk.
std::string World::WithoutACopy() {
  std::string text;
  const std::set<RecordName> held = HeldAnywhere();
  for (const auto& issued : ledger.issued()) {
    const RecordName& name = issued.first;
    if (!store.IsRejected(name) || ledger.IsTornAwayOrDamaged(name)) continue;
    const bool copied = std::any_of(machines.begin(), machines.end(),
                                    [&](const auto& machine) { return machine->HasAside(name); });
    if (copied) ++states["rejected record set aside"];
    if (!copied && !held.contains(name)) text += Cat("rejected, and no copy: ", Hex(name.run), "/", name.seq, "; ");
  }
  return text;
}

std::string World::Violations() {
  std::string text = violations_;
  for (const auto& machine : machines) text += machine->violations();
  text += WithoutACopy();
  return text + ledger.Violations(store, HeldAnywhere());
}

}  // namespace godwit::sim
