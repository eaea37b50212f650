#include "tests/sim/world.h"

#include <algorithm>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::sim {
namespace {

constexpr int kPageRecords = 20;
constexpr int kCutsMax = 3;

// A record that no collector takes stays in the spool when there is no room for its copy. It is
// read again when the next session opens: until then nobody sees that its bytes have changed.
bool IsDamagedUnseen(const Issue& issue) {
  return issue.unreadable && issue.damaged;
}

}  // namespace

struct World::Collector {
  SimExecutor ingest_executor;
  SimExecutor writer_executor;
  SimExecutor decoders[2];
  collector::Statistics statistics;
  collector::Writer writer;
  std::unique_ptr<collector::Ingest> ingest;
  std::unique_ptr<collector::Orders> orders;

  explicit Collector(World& world)
      : ingest_executor(world.scheduler),
        writer_executor(world.scheduler),
        decoders{SimExecutor(world.scheduler), SimExecutor(world.scheduler)},
        writer(world.store, writer_executor, world.collector_clock_, statistics),
        ingest(std::make_unique<collector::Ingest>(
            writer, world.store.store_id(), statistics,
            collector::Ingest::Dependencies{world.collector_clock_,
                                            ingest_executor,
                                            world.collector_random_,
                                            {&decoders[0], &decoders[1]}})),
        orders(std::make_unique<collector::Orders>(
            writer, *ingest,
            collector::Orders::Dependencies{ingest_executor, world.collector_random_})) {
    writer.GatherFor(collector::kGatherTime);
  }
};

World::World(uint64_t seed, MachineOptions options) : scheduler(seed), options_(options) {
  machines.push_back(std::make_unique<SimMachine>(
      options_, MachineDependencies{scheduler, network, ledger, store}));
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

void World::ReplaceCollector(bool misreads) {
  const bool up = collector_up();
  if (up) KillCollector();
  network.set_misreads(misreads);
  if (misreads) ledger.CollectorMisread();
  if (up) StartCollector();
}

void World::SlowCollectorFor(absl::Duration span) {
  if (collector_ == nullptr) return;
  collector_->writer_executor.SuspendFor(span);
  if (scheduler.Chance(500)) collector_->ingest_executor.SuspendFor(span);
}

void World::IssueCommand(const std::string& number, absl::Duration life) {
  if (collector_ == nullptr) return;
  collector_->ingest_executor.Post([this, number, life] {
    collector_->orders->Issue({.device_id = SimMachine::kDeviceId,
                               .kind = "ping",
                               .arguments = {{"number", number}},
                               .issuer = "sim"},
                              life, [](const StatusOr<collector::CommandRow>&) {});
  });
}

void World::PushRevision(const std::string& text) {
  if (collector_ == nullptr) return;
  collector_->ingest_executor.Post([this, text] {
    collector_->orders->Push({.device_ids = {SimMachine::kDeviceId}, .text = text, .issuer = "sim"},
                             [](const Status&) {});
  });
}

void World::RestoreBackup() {
  ledger.CollectorRestored(store);
  store = *backup_;
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
  machines.push_back(std::make_unique<SimMachine>(
      options_, MachineDependencies{scheduler, network, ledger, store}));
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
    if (machine->disk.peak_blocks() > options_.spool_bytes + machine->disk.unforeseen_blocks()) {
      violations_ += "the spool is over its bound; ";
    }
  }
}

OnDisks World::Disks() {
  const auto any = [this](bool (DiskView::*has)(const RecordName&)) {
    return [this, has](const RecordName& name) {
      return std::any_of(machines.begin(), machines.end(),
                         [&](const auto& machine) { return (machine->view().*has)(name); });
    };
  };
  return {.holds = any(&DiskView::HoldsSynced),
          .has_bytes = any(&DiskView::HasBytes),
          .has_copy = any(&DiskView::HasCopy)};
}

bool World::RunUntilDrained(absl::Duration limit) {
  ledger.CallDue();
  // However long a machine sleeps, however far its agent has backed off: it has had its session.
  RunFor(absl::Minutes(30));
  const absl::Duration end = scheduler.now() + limit;
  // A hint of a lying collector keeps it away for longer.
  const auto waits = [](const auto& machine) {
    return machine->up() && machine->uploader().state() == agent::SessionState::kWaiting;
  };
  while (scheduler.now() < end && std::any_of(machines.begin(), machines.end(), waits)) {
    RunFor(absl::Seconds(20));
  }
  // What lies on a disk by now is wanted.
  std::set<RecordName> wanted;
  for (const auto& machine : machines) wanted.merge(machine->view().Records());
  const auto drained = [&] {
    std::erase_if(wanted, [&](const RecordName& name) {
      const Issue* const issue = ledger.Find(name);
      return store.Find(name) != nullptr || issue == nullptr || !issue->safe || issue->unreadable;
    });
    const bool all_sent = std::none_of(wanted.begin(), wanted.end(), Disks().holds);
    if (!all_sent) return false;
    const std::vector<RecordName> unaccounted = Judge(ledger, store, Disks()).Unaccounted();
    return std::all_of(unaccounted.begin(), unaccounted.end(), [this](const RecordName& name) {
      return IsDamagedUnseen(*ledger.Find(name));
    });
  };
  // To look at every record after each step would take longer than the steps.
  while (scheduler.now() < end && !drained()) RunFor(absl::Seconds(20));
  const bool all_drained = drained();
  // A record out of memory that arrives behind a cut, after its run is over, may leave a hole in
  // front of it. Its device's next session closes it, and a session may last longer than this
  // peace.
  HaveSessionsReopened();
  // A full spool may have dropped a record a moment ago: its agent reports it by a new session.
  for (int i = 0; i < 3 && !Judge(ledger, store, Disks()).Unaccounted().empty(); ++i) {
    RunFor(absl::Minutes(1));
  }
  return all_drained;
}

// A device whose stream begins just behind the cut keeps its session: then once more, at another
// moment of the time between two records.
void World::HaveSessionsReopened() {
  const auto sessions = [](const auto& machine) {
    return machine->up() ? machine->uploader().counters().sessions : 0;
  };
  std::vector<uint64_t> before;
  for (const auto& machine : machines) before.push_back(sessions(machine));
  for (int i = 0; i < kCutsMax; ++i) {
    RunFor(i * absl::Seconds(11));
    network.Cut();
    RunFor(absl::Minutes(10));
    bool all_reopened = true;
    for (size_t at = 0; at < before.size(); ++at) {
      all_reopened &= sessions(machines[at]) != before[at];
    }
    if (all_reopened) return;
  }
}

void World::ReadOn() {
  if (scheduler.now() - read_on_at_ < absl::Minutes(1)) return;
  read_on_at_ = scheduler.now();
  // The only one there is.
  constexpr int64_t kDevice = 1;
  for (int i = 0; i < kPageRecords; ++i) {
    const auto next = *store.Next(kDevice, reader_at_, {});
    if (!next) return;
    if (next->cursor <= reader_at_) violations_ += "a reader goes backwards; ";
    reader_at_ = next->cursor;
  }
  ++states["a slow reader, a page behind"];
}

std::string World::Violations() {
  std::string text = violations_;
  for (const auto& machine : machines) text += machine->violations();
  for (const auto& [name, issue] : ledger.issued()) {
    states["rejected record quarantined"] += store.IsRejected(name);
  }
  return text + Judge(ledger, store, Disks()).Violations();
}

}  // namespace godwit::sim
