#include "tests/sim/line_world.h"

#include <algorithm>

#include "agent/sensors/factories.h"
#include "base/check.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/fleet/queries.h"

namespace godwit::sim {
namespace {

constexpr char kDeviceId[] = "device-1";
// A few records a segment, so that much is trimmed.
constexpr ByteCount kSegmentBytes = 2048;
const BootId kBootId(kBootIdSize, 'b');

std::vector<int64_t> CountsIn(const Batch& batch) {
  std::vector<int64_t> counts;
  for (const Block& block : batch.blocks) {
    for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
      counts.push_back(std::get<int64_t>(block.columns[0].At(tick)));
    }
  }
  return counts;
}

}  // namespace

struct LineWorld::Agent {
  SimExecutor loop;
  SimExecutor storage;
  std::unique_ptr<agent::Spool> spool;
  std::unique_ptr<agent::Transport> transport;
  std::unique_ptr<agent::Outbox> outbox;
  std::unique_ptr<agent::Uploader> uploader;
  std::unique_ptr<agent::Recorder> recorder;
  std::unique_ptr<agent::Sampler> sampler;

  explicit Agent(SimScheduler& scheduler) : loop(scheduler), storage(scheduler) {}
};

struct LineWorld::Collector {
  SimExecutor ingest_executor;
  SimExecutor writer_executor;
  collector::Writer writer;
  std::unique_ptr<collector::Ingest> ingest;

  Collector(LineWorld& world)
      : ingest_executor(world.scheduler),
        writer_executor(world.scheduler),
        writer(world.store, writer_executor, world.clock),
        ingest(std::make_unique<collector::Ingest>(
            writer, world.store.store_id(),
            collector::Ingest::World{world.clock, ingest_executor, world.random})) {}
};

LineWorld::LineWorld(uint64_t seed, ByteCount spool_bytes)
    : scheduler(seed), spool_bytes_(spool_bytes) {}

LineWorld::~LineWorld() {
  if (agent_up()) KillAgent();
  if (collector_up()) KillCollector();
}

void LineWorld::StartAgent() {
  agent_ = std::make_unique<Agent>(scheduler);
  Agent& parts = *agent_;
  auto spool = agent::Spool::Open({.path = "/spool",
                                   .device_id = kDeviceId,
                                   .max_bytes = spool_bytes_,
                                   .segment_bytes = kSegmentBytes,
                                   .reserve_free = 0},
                                  disk, random);
  GODWIT_CHECK(spool.ok());
  parts.spool = *std::move(spool);
  parts.transport = network.NewTransport(parts.loop);
  parts.outbox = std::make_unique<agent::Outbox>(*parts.spool, parts.storage, parts.loop);
  parts.uploader = std::make_unique<agent::Uploader>(
      agent::UploadOptions{.stream_period = absl::Seconds(30)},
      agent::Identity{.device_id = kDeviceId, .device_name = "sim", .boot_id = kBootId},
      *parts.outbox, *parts.transport, agent::Uploader::World{clock, parts.loop, random});
  parts.recorder = std::make_unique<agent::Recorder>(
      parts.storage,
      [this, &parts](const agent::EncodedBatch& batch) {
        agent::NewRecord record{.batch = batch.bytes,
                                .first_unix_ns = batch.span.first_unix_ns,
                                .last_unix_ns = batch.span.last_unix_ns};
        for (const auto& [id, encoded] : batch.tables) record.tables.push_back({id, encoded});
        const auto name = parts.spool->Append(record);
        if (!name.ok()) return name.status();
        safe_[*name] = CountsIn(*DecodeBatch(batch.bytes));
        return absl::OkStatus();
      },
      [&parts] { parts.loop.Post([&parts] { parts.uploader->Wake(); }); });
  std::vector<agent::SampledSensor> sensors;
  sensors.push_back({.name = "pattern/count",
                     .sensor = *agent::MakePatternSensor({.series = 2}),
                     .interval = absl::Seconds(1)});
  parts.sampler = std::make_unique<agent::Sampler>(
      agent::BatchOptions{.period = absl::Seconds(10), .boot_id = kBootId}, std::move(sensors),
      clock, parts.loop,
      [&parts](agent::SealedBatch sealed) { parts.recorder->Submit(std::move(sealed)); });
  parts.loop.Post([&parts] {
    parts.sampler->Start();
    parts.uploader->Start();
  });
}

void LineWorld::KillAgent() {
  agent_.reset();
}

void LineWorld::PowerCutAgent() {
  KillAgent();
  disk.PowerCut();
}

void LineWorld::StartCollector() {
  collector_ = std::make_unique<Collector>(*this);
  network.CollectorUp(*collector_->ingest, collector_->ingest_executor);
}

void LineWorld::KillCollector() {
  network.CollectorDown();
  collector_.reset();
}

uint64_t LineWorld::gap_records() {
  const auto devices = store.Devices();
  return devices->empty() ? 0 : devices->front().gap_records;
}

bool LineWorld::RunUntilDrained(absl::Duration limit) {
  const auto accounted = [&] {
    const auto stored = store.Batches();
    return std::all_of(safe_.begin(), safe_.end(), [&](const auto& record) {
      return stored.contains(record.first) || store.IsGap(record.first);
    });
  };
  // To look at every record after each step would take longer than the steps.
  const absl::Duration end = scheduler.now() + limit;
  while (scheduler.now() < end && !accounted()) scheduler.RunFor(absl::Seconds(1));
  return accounted();
}

std::map<uint64_t, std::vector<int64_t>> LineWorld::Stored() {
  std::map<uint64_t, std::vector<int64_t>> stored;
  const auto devices = store.Devices();
  if (devices->empty()) return stored;
  collector::RecordCursor cursor;
  while (const auto next = *store.Next(devices->front().key, cursor, {})) {
    cursor = next->cursor;
    const auto counts = CountsIn(*DecodeBatch(next->batch));
    auto& all = stored[cursor.run_order];
    all.insert(all.end(), counts.begin(), counts.end());
  }
  return stored;
}

std::string LineWorld::Violation() {
  const auto stored = store.Batches();
  std::string text;
  for (const auto& [name, counts] : safe_) {
    const auto found = stored.find(name);
    if (found == stored.end()) {
      text += Cat("safe and not stored: ", Hex(name.run), "/", name.seq, "; ");
    } else if (CountsIn(*DecodeBatch(found->second)) != counts) {
      text += Cat("stored otherwise than safe: ", Hex(name.run), "/", name.seq, "; ");
    }
  }
  std::map<RunId, std::set<int64_t>> seen;
  for (const auto& [name, batch] : stored) {
    for (const int64_t count : CountsIn(*DecodeBatch(batch))) {
      if (seen[name.run].insert(count).second) continue;
      text += Cat("tick ", count, " of run ", Hex(name.run), " is stored twice; ");
    }
  }
  return text;
}

}  // namespace godwit::sim
