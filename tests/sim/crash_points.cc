#include "tests/sim/crash_points.h"

#include <memory>
#include <optional>

#include "agent/spool/spool.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/text.h"
#include "tests/sim/disk_witness.h"
#include "tests/sim/judge.h"
#include "tests/sim/ledger.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::sim {
namespace {

constexpr char kFolder[] = "/spool";
constexpr ByteCount kSpoolBytes = 64 << 10;
constexpr ByteCount kSegmentBytes = 4096;
constexpr size_t kBatchBytes = 900;

struct CrashPoint {
  int operation = 0;  // 1, 2, 3 …; 0: none
  bool after = false;
  Unsynced bytes = Unsynced::kDropped;
  UnsyncedNames names = UnsyncedNames::kLost;
};

// As the collector names them.
std::string ReasonText(agent::LossReason reason) {
  switch (reason) {
    case agent::LossReason::kSpoolFull:
      return "spool full";
    case agent::LossReason::kDamaged:
      return "damaged";
    case agent::LossReason::kDiskFailed:
      return "disk failed";
    default:
      return "no such reason here";
  }
}

// A machine with a spool, a store that takes what it gives, and the ledger between them.
class Life {
 public:
  Life() {
    disk_.set_hook([this](bool after) {
      if (!after) ++operations_;
      if (crash_.operation == operations_ && crash_.after == after) throw PowerCutNow{};
    });
  }

  // Everything a spool does. Returns false when the machine died in it.
  bool Run(const CrashPoint& crash) {
    return Live(crash, [this] {
      Open();
      Append();
      disk_.FailNextSync();
      for (int i = 0; i < 12; ++i) Append();  // rolls
      Upload(7);                              // trims
      disk_.set_sync_fails(true);
      Append();
      Append();
      disk_.set_sync_fails(false);
      Append();
      disk_.set_space(disk_.UsedBytes() + 1500);  // a torn write
      Append();
      Append();
      disk_.set_space(ByteCount{1} << 40);
      Append();
      spool_->End();
      EndRun();
      Open();  // recovers
      filling_ = true;
      for (int i = 0; i < 60; ++i) Append();  // fills, drops the oldest
      Upload(20);
      Append();
    });
  }

  // What comes after a crash.
  bool GoOn(const CrashPoint& crash) {
    return Live(crash, [this] {
      Open();
      for (int i = 0; i < 4; ++i) Append();
      Upload(5);
      Append();
    });
  }

  void PowerCut(const CrashPoint& crash) {
    spool_.reset();
    disk_.PowerCut(crash.bytes, crash.names);
    if (run_ != 0) EndRun();
  }

  // Starts once more, hands over all there is, and judges.
  std::string Violations() {
    disk_.set_sync_fails(false);
    disk_.set_space(ByteCount{1} << 40);
    if (!GoOn({})) return "crashed without an injected crash";
    Upload(1000);
    OpenSession();
    if (disk_.peak_blocks() > kSpoolBytes) return "over its bound";
    ledger_.CallDue();
    Judge judge(ledger_, store_,
                {.holds = [this](const RecordName& name) { return view_.HoldsSynced(name); },
                 .has_bytes = [this](const RecordName& name) { return view_.HasBytes(name); },
                 .has_copy = [](const RecordName&) { return false; }});
    std::string violations = witness_.violations() + judge.Violations();
    for (const auto& [name, reason] : store_.Gaps()) {
      const auto issue = ledger_.issued().find(name);
      // Nothing that was promised may be lost but for lack of room, and that is reported.
      if (issue != ledger_.issued().end() && issue->second.safe && !filling_) {
        violations +=
            Cat("promised, and lost (", reason, "): ", Hex(name.run), "/", name.seq, "; ");
      }
    }
    return violations;
  }

  int operations() const { return operations_; }

 private:
  template <typename Body>
  bool Live(const CrashPoint& crash, Body body) {
    crash_ = crash;
    operations_ = 0;
    try {
      body();
    } catch (const PowerCutNow&) {
      crash_ = {};
      return false;
    }
    crash_ = {};
    return true;
  }

  void Open() {
    spool_.reset();
    auto spool = agent::Spool::Open({.path = kFolder,
                                     .device_id = "device",
                                     .boot_id = BootId(kBootIdSize, 'b'),
                                     .max_bytes = kSpoolBytes,
                                     .segment_bytes = kSegmentBytes,
                                     .reserve_free = 0},
                                    disk_, random_);
    GODWIT_CHECK(spool.ok());
    spool_ = *std::move(spool);
    run_ = spool_->run();
    runs_.insert(run_);
    ledger_.RunBegan(run_, BootId(kBootIdSize, 'b'));
  }

  void EndRun() {
    witness_.NoteEnd(run_, runs_);
    run_ = 0;
  }

  void Append() {
    std::string batch(kBatchBytes, static_cast<char>('a' + batches_++ % 26));
    const RecordName name = ledger_.AttemptOpaque(run_, batch);
    witness_.NoteTrouble(run_);
    agent::NewRecord record{.tables = {{std::string(kTableIdSize, 't'), "a table"}},
                            .batch = std::move(batch)};
    const bool safe = spool_->Append(std::move(record)).fate == agent::Appended::Fate::kSafe;
    witness_.NoteTrouble(run_);
    if (safe) witness_.NotePromise(name);
    witness_.NoteWaiting(run_);
  }

  void OpenSession() {
    collector::SessionOpening opening{
        .device = {.device_id = "device", .boot_id = BootId(kBootIdSize, 'b')}};
    for (const agent::RunState& state : spool_->Runs()) {
      opening.runs.push_back({state.run, state.last_seq, state.held, state.follows_run,
                              state.follows_last_seq, state.unclean});
    }
    const std::vector<agent::Loss> losses = spool_->UnreportedLosses();
    for (const agent::Loss& loss : losses) {
      opening.losses.push_back({loss.run, loss.seqs, ReasonText(loss.reason)});
    }
    spool_->ReplaceSettled(store_.OpenSession(opening)->settled);
    spool_->ConfirmReported(losses);
  }

  void Upload(int records) {
    OpenSession();
    std::optional<RecordName> at;
    while (records-- > 0 && (at = spool_->Next(at))) {
      const auto record = spool_->Read(*at);
      if (!record.ok()) continue;
      collector::Delivery delivery{.device_id = "device",
                                   .tables = {{std::string(kTableIdSize, 't'), "a table", 1}}};
      delivery.record = collector::IncomingRecord{
          .name = *at, .checksum = Checksum(record->batch), .batch = record->batch};
      GODWIT_CHECK(store_.Commit({delivery}, 0).ok());
      spool_->AddSettled(at->run, {at->seq, at->seq});
    }
  }

  SimScheduler scheduler_{1};
  SimRandom random_{scheduler_};
  SimFileSystem disk_{scheduler_};
  MemoryStore store_{"0123456789abcdef"};
  Ledger ledger_;
  DiskView view_{disk_, Cat(kFolder, "/"), "device"};
  DiskWitness witness_{disk_, view_, ledger_, store_, {kSpoolBytes, kSegmentBytes}};
  std::unique_ptr<agent::Spool> spool_;
  RunId run_ = 0;
  std::set<RunId> runs_;
  CrashPoint crash_;
  int operations_ = 0;
  int batches_ = 0;
  bool filling_ = false;
};

std::string Text(const CrashPoint& point) {
  return Cat(point.after ? "after" : "before", " operation ", point.operation, ", bytes ",
             static_cast<int>(point.bytes), ", names ", static_cast<int>(point.names));
}

// Every way to crash at one operation.
template <typename Try>
void ForEachWay(int operation, Try attempt) {
  for (const bool after : {false, true}) {
    for (const Unsynced bytes : kAllUnsynced) {
      for (const UnsyncedNames names : {UnsyncedNames::kLost, UnsyncedNames::kKept}) {
        attempt(CrashPoint{operation, after, bytes, names});
      }
    }
  }
}

void CrashAgain(const CrashPoint& first, CrashReport& report) {
  bool reached = true;
  for (int operation = 1; reached && report.violation.empty(); ++operation) {
    ForEachWay(operation, [&](const CrashPoint& second) {
      if (!report.violation.empty()) return;
      Life life;
      life.Run(first);
      life.PowerCut(first);
      reached = !life.GoOn(second);
      life.PowerCut(second);
      ++report.crashes;
      const std::string violation = life.Violations();
      if (!violation.empty())
        report.violation = Cat(Text(first), ", then ", Text(second), ": ", violation);
    });
  }
}

}  // namespace

CrashReport CrashEverywhere(int depth, uint64_t stride) {
  CrashReport report;
  uint64_t ways = 0;
  {
    Life life;
    GODWIT_CHECK(life.Run({}));
    report.operations = static_cast<uint64_t>(life.operations());
  }
  for (int operation = 1; operation <= static_cast<int>(report.operations); ++operation) {
    ForEachWay(operation, [&](const CrashPoint& point) {
      if (!report.violation.empty() || ways++ % stride != 0) return;
      Life life;
      life.Run(point);
      life.PowerCut(point);
      ++report.crashes;
      const std::string violation = life.Violations();
      if (!violation.empty()) report.violation = Cat(Text(point), ": ", violation);
      if (depth > 1 && report.violation.empty()) CrashAgain(point, report);
    });
  }
  return report;
}

}  // namespace godwit::sim
