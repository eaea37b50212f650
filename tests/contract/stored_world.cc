#include "tests/contract/stored_world.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "base/check.h"
#include "base/checksum.h"
#include "codec/batch_codec.h"
#include "collector/store/merged_record.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kBegin = 1'790'000'000 * kSecond;

}  // namespace

StoredWorld::StoredWorld(uint64_t seed) : noise_(seed), begin_(kBegin), end_(kBegin) {
  Reopen();
  MakeGroups();
  const uint64_t runs = 1 + Roll(4);
  std::vector<HeldRun> held;
  for (RunId run = 1; run <= runs; ++run) {
    // Now and then two follow the same one, as copies of a card do.
    const RunId follows = run == 1 ? 0 : run > 2 && Roll(4) == 0 ? run - 2 : run - 1;
    run_order_[run] = follows == 0 ? 1 : run_order_[follows] + 1;
    held.push_back({.run = run, .follows_run = follows});
  }
  GODWIT_CHECK(
      store_->OpenSession({.device = {.device_id = "id", .name = "dev"}, .runs = held}).ok());
  for (const HeldRun& run : held) MakeRun(run.run, run.follows_run);
}

void StoredWorld::Reopen() {
  source_.reset();
  reader_.reset();
  store_.reset();
  store_ = *SqliteStore::Open(file_, random_);
  reader_ = *SqliteReader::Open(file_);
  source_ = *SqliteMergeSource::Open(file_);
}

void StoredWorld::MakeGroups() {
  const Kind kinds[] = {Kind::kGauge, Kind::kCounter, Kind::kUpDown, Kind::kState};
  const uint64_t groups = 1 + Roll(3);
  for (uint64_t g = 0; g < groups; ++g) {
    Group& group = groups_.emplace_back();
    const uint64_t series = 1 + Roll(6);
    for (uint64_t i = 0; i < series; ++i) {
      group.table.series.push_back({.name = "g" + std::to_string(g) + ".s" + std::to_string(i),
                                    .kind = kinds[Roll(4)],
                                    .attributes = {{"i", std::to_string(i)}}});
    }
    group.encoded = EncodeTable(group.table);
    group.id = TableIdOf(group.table);
    const int64_t intervals[] = {kSecond, 10 * kSecond, 60 * kSecond, 7 * kSecond / 2};
    group.interval_ns = intervals[Roll(4)];
    group.counters.resize(series);
  }
}

Value StoredWorld::MakeValue(const Series& series, int64_t& counter) {
  if (Roll(20) == 0) return std::monostate{};
  switch (series.kind) {
    case Kind::kCounter:
      counter =
          Roll(40) == 0 ? static_cast<int64_t>(Roll(5)) : counter + static_cast<int64_t>(Roll(100));
      if (series.name.back() % 2 == 0) return counter;
      return static_cast<double>(counter) / 8;
    case Kind::kState:
      return "state-" + std::to_string(Roll(3));
    case Kind::kUpDown:
      counter += static_cast<int64_t>(Roll(21)) - 10;
      return counter;
    case Kind::kGauge:
      break;
  }
  switch (Roll(30)) {
    case 0:
      return std::nan("");
    case 1:
      return static_cast<int64_t>(Roll(100));  // of another type than its neighbours
    case 2:
      return -0.0;
    default:
      return static_cast<double>(static_cast<int64_t>(Roll(2000)) - 1000) / 16;
  }
}

// The group's ticks on its grid in [begin, end), a few of them missed.
Block StoredWorld::MakeBlock(Group& group, int64_t begin, int64_t end) {
  Block block{.table = group.id, .interval_ns = group.interval_ns};
  block.columns.resize(group.table.series.size());
  const int64_t first = (begin + group.interval_ns - 1) / group.interval_ns * group.interval_ns;
  for (int64_t time = first; time < end; time += group.interval_ns) {
    if (Roll(50) == 0) continue;
    block.ticks.push_back({time, static_cast<uint32_t>(Roll(10) == 0 ? Roll(500) : 0)});
    for (size_t i = 0; i < block.columns.size(); ++i) {
      block.columns[i].Append(MakeValue(group.table.series[i], group.counters[i]));
    }
  }
  return block;
}

void StoredWorld::MakeRun(RunId run, RunId) {
  const BootId boot(kBootIdSize, static_cast<char>('a' + run));
  // A device without a clock lives in 1970 until its last record says what time it was.
  const bool lost_clock = Roll(4) == 0;
  int64_t at = std::max(begin_, end_ - (Roll(3) == 0 ? 20 * kMinute : 0)) +
               static_cast<int64_t>(Roll(10)) * kMinute;
  const int64_t offset = at - 100 * kSecond;
  const int64_t period = static_cast<int64_t>(1 + Roll(4)) * kMinute;
  const uint64_t records = 2 + Roll(40);
  for (Seq seq = 1; seq <= records; ++seq) {
    const bool synchronised = !lost_clock || seq == records;
    Pending pending{.name = {run, seq}};
    pending.batch = {.boot_id = boot, .wall_offset_ns = offset, .wall_synchronised = synchronised};
    const int64_t end = at + period;
    for (Group& group : groups_) {
      const auto add = [&](int64_t from, int64_t until) {
        Block block = MakeBlock(group, from, until);
        if (!block.ticks.empty()) pending.batch.blocks.push_back(std::move(block));
      };
      // Its series changed and changed back: the table has two blocks, and ticks are missing.
      const bool returned = Roll(8) == 0;
      if (returned) add(at, at + period / 3);
      add(returned ? at + 2 * (period / 3) : at, end);
    }
    if (!synchronised) {
      pending.shift_ns = offset;
      pending.batch.wall_offset_ns = 0;
      for (Block& block : pending.batch.blocks) {
        for (BlockTick& tick : block.ticks) tick.time_unix_ns -= offset;
      }
    }
    at = end;
    if (Roll(12) == 0) at += static_cast<int64_t>(Roll(30)) * kMinute;  // asleep
    if (Roll(15) != 0) pending_.push_back(std::move(pending));          // or never seen again
  }
  end_ = std::max(end_, at);
}

void StoredWorld::Fill(bool merge) {
  // Mostly in order, some quite out of it.
  for (size_t i = 0; i + 1 < pending_.size(); ++i) {
    const size_t reach = Roll(8) == 0 ? pending_.size() - i : 2;
    std::swap(pending_[i], pending_[i + Roll(std::min(reach, pending_.size() - i))]);
  }
  for (Pending& pending : pending_) {
    Delivery delivery{.device_id = "id"};
    for (const Group& group : groups_) {
      delivery.tables.push_back(
          {group.id, group.encoded, static_cast<uint32_t>(group.table.series.size())});
    }
    const TimeSpan span = SpanOf(pending.batch);
    IncomingRecord record{.name = pending.name,
                          .batch = *EncodeBatch(pending.batch),
                          .blocks = SpansOf(pending.batch),
                          .clock = {pending.batch.boot_id, pending.batch.wall_offset_ns,
                                    pending.batch.wall_synchronised},
                          .first_unix_ns = span.first_unix_ns,
                          .last_unix_ns = span.last_unix_ns,
                          .samples = SampleCount(pending.batch)};
    record.checksum = checksums_[pending.name] = Checksum(record.batch);
    delivery.record = std::move(record);
    const auto outcomes = store_->Commit({delivery}, end_);
    GODWIT_CHECK(outcomes.ok() && outcomes->front() == Outcome::kCommitted);
    stored_[pending.name] = std::move(pending);
    if (merge && Roll(20) == 0) MergeAll();
  }
  pending_.clear();
}

size_t StoredWorld::MergeAll() {
  // Everything that waits has waited long enough.
  const int64_t never = end_ + 1'000'000 * kMinute;
  size_t replaced = 0;
  while (true) {
    const auto steps = source_->NextGroup(never - 1, never);
    GODWIT_CHECK(steps.ok());
    if (steps->empty()) break;
    const auto applied = store_->Apply(*steps);
    GODWIT_CHECK(applied.ok());
    for (size_t i = 0; i < steps->size(); ++i) {
      GODWIT_CHECK((*applied)[i].ok());
      replaced += (*steps)[i].what == MergeStep::What::kReplace;
    }
  }
  return replaced;
}

std::vector<StoredWorld::Truth> StoredWorld::truth() const {
  std::vector<const Pending*> records;
  std::set<RunId> known;  // the runs whose boot has a known clock
  for (const auto& [name, record] : stored_) {
    records.push_back(&record);
    if (record.batch.wall_synchronised) known.insert(name.run);
  }
  std::stable_sort(records.begin(), records.end(), [&](const Pending* a, const Pending* b) {
    // The keys of runs of equal order are those of their numbers.
    return std::tuple(run_order_.at(a->name.run), a->name.run, a->name.seq) <
           std::tuple(run_order_.at(b->name.run), b->name.run, b->name.seq);
  });
  std::vector<Truth> out;
  for (const Pending* record : records) {
    const int64_t shift = known.contains(record->name.run) ? record->shift_ns : 0;
    for (const Block& block : record->batch.blocks) {
      const auto group = std::find_if(groups_.begin(), groups_.end(),
                                      [&](const Group& g) { return g.id == block.table; });
      for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
        for (size_t i = 0; i < block.columns.size(); ++i) {
          const Value value = block.columns[i].At(tick);
          if (std::holds_alternative<std::monostate>(value)) continue;
          out.push_back(
              {SeriesText(group->table.series[i]), block.ticks[tick].time_unix_ns + shift, value});
        }
      }
    }
  }
  return out;
}

}  // namespace godwit::collector
