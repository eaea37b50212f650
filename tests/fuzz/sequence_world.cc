#include "tests/fuzz/sequence_world.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "collector/fleet/device_page.h"
#include "collector/fleet/gap_query.h"
#include "collector/fleet/latest_query.h"
#include "collector/limits.h"
#include "collector/store/boot_clock.h"
#include "collector/store/store_tools.h"

namespace godwit::collector {
namespace {

constexpr char kFile[] = "/store/godwit.db";
constexpr char kGood[] = "good";
constexpr RunId kGoodRun = 0x600d;
constexpr int64_t kSecond = 1'000'000'000;

void Require(const Status& status, std::string_view what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(),
               Message(status).c_str());
  GODWIT_CHECK(status.ok());
}

template <typename T>
T Require(StatusOr<T> value, std::string_view what) {
  Require(value.status(), what);
  return *std::move(value);
}

Table TableOf(uint64_t number) {
  Table table;
  for (uint64_t i = 0; i <= number; ++i) {
    table.series.push_back({.name = Cat("series.", number, ".", i),
                            .kind = number % 2 == 0 ? Kind::kGauge : Kind::kCounter});
  }
  return table;
}

std::string SixteenOf(uint64_t letter) {
  return std::string(16, static_cast<char>('a' + letter));
}

}  // namespace

uint8_t SequenceBytes::Byte() {
  if (bytes_.empty()) return 0;
  const auto byte = static_cast<uint8_t>(bytes_.front());
  bytes_.remove_prefix(1);
  return byte;
}

uint64_t SequenceBytes::Number() {
  constexpr uint64_t kEdges[] = {
      (uint64_t{1} << 31) - 1,  uint64_t{1} << 32, uint64_t{1} << 53,
      (uint64_t{1} << 62) - 1,  uint64_t{1} << 62, (uint64_t{1} << 62) + 1,
      (uint64_t{1} << 63) - 1,  uint64_t{1} << 63, std::numeric_limits<uint64_t>::max(),
      1'790'003'600'000'000'000};
  const uint8_t byte = Byte();
  if (byte < 200) return byte % 12;
  return kEdges[byte % std::size(kEdges)] - (byte % 3 == 0 ? 1 : 0);
}

std::string SequenceBytes::Text(size_t most) {
  const size_t size = std::min({most, size_t{Byte()}, bytes_.size()});
  std::string text(bytes_.substr(0, size));
  bytes_.remove_prefix(size);
  return text;
}

struct SequenceWorld::Peer final : UploadPeer {
  void Next() override { wants_next = true; }
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse& reply) override {
    ended = end.status;
    response = reply;
  }
  bool wants_next = false;
  std::optional<Status> ended;
  v1::UploadMetricsResponse response;
};

struct SequenceWorld::Listener final : CommandPeer {
  void Send(const v1::ReceiveCommandsResponse&) override { ++sent; }
  void Finish(const CallEnd&) override { ended = true; }
  int sent = 0;
  bool ended = false;
  std::unique_ptr<CommandSink> sink;
};

struct SequenceWorld::Life {
  Life(SequenceWorld& world, std::unique_ptr<SqliteStore> opened)
      : store(std::move(opened)),
        executor(world.scheduler_),
        writer_executor(world.scheduler_),
        writer(*store, writer_executor, world.clock_, figures),
        ingest(writer, store->store_id(), figures,
               Ingest::World{world.clock_, executor, world.random_}),
        orders(writer, ingest, Orders::World{executor, world.random_}) {
    writer.Observe(directory);
  }
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<SqliteReader> reader;
  std::unique_ptr<SqliteMergeSource> source;
  Figures figures;
  Directory directory;
  sim::SimExecutor executor;
  sim::SimExecutor writer_executor;
  Writer writer;
  Ingest ingest;
  Orders orders;
  std::vector<std::unique_ptr<Listener>> listeners;
};

SequenceWorld::SequenceWorld(uint64_t seed) : scheduler_(seed), disk_(seed) {
  static const std::string empty = [this] {
    Require(SqliteStore::Open(kFile, random_), "open").reset();
    return disk_.Read(kFile);
  }();
  disk_.Write(kFile, empty);
  Start();
  OpenGoodSession();
  UploadGood();
  UploadGood();
}

SequenceWorld::~SequenceWorld() {
  Stop();
}

void SequenceWorld::Start() {
  auto store = Require(SqliteStore::Open(kFile, random_), "open the store");
  const auto health = store->health();
  life_ = std::make_unique<Life>(*this, std::move(store));
  life_->reader = Require(SqliteReader::Open(kFile, health), "open the reader");
  life_->source = Require(SqliteMergeSource::Open(kFile, health), "open the merge source");
}

void SequenceWorld::Stop() {
  for (const auto& listener : life_->listeners) {
    listener->sink->Cancel();
    listener->sink.reset();
  }
  Settle();
  life_.reset();
  tokens_.clear();
}

// Mostly one that is known.
std::string SequenceWorld::Token(SequenceBytes& bytes) {
  const uint8_t choice = bytes.Byte();
  if (choice >= 250 || tokens_.empty()) return bytes.Text(32);
  return tokens_[choice % tokens_.size()];
}

void SequenceWorld::FillRuns(SequenceBytes& bytes, v1::OpenSessionRequest& request) {
  const uint64_t runs = bytes.Below(5);
  for (uint64_t i = 0; i < runs; ++i) {
    v1::HeldRun& run = *request.add_runs();
    run.set_run_id(bytes.Number());
    run.set_last_seq(bytes.Number());
    run.set_follows_run_id(bytes.Number());
    run.set_follows_last_seq(bytes.Number());
    run.set_unclean_end(bytes.Flag());
    for (uint64_t held = bytes.Below(4); held > 0; --held) {
      v1::SeqRange& range = *run.add_held();
      range.set_first(bytes.Number());
      range.set_last(bytes.Flag() ? range.first() : bytes.Number());
    }
  }
  for (uint64_t losses = bytes.Below(3); losses > 0; --losses) {
    v1::Loss& loss = *request.add_losses();
    loss.set_run_id(bytes.Number());
    loss.mutable_seqs()->set_first(bytes.Number());
    loss.mutable_seqs()->set_last(bytes.Number());
    loss.set_reason(static_cast<v1::LossReason>(bytes.Below(8)));
  }
  for (uint64_t copies = bytes.Below(3); copies > 0; --copies) {
    v1::SetAside& copy = *request.add_set_aside();
    copy.set_run_id(bytes.Number());
    copy.mutable_seqs()->set_first(bytes.Number());
    copy.mutable_seqs()->set_last(bytes.Flag() ? copy.seqs().first() : bytes.Number());
  }
}

void SequenceWorld::FillReport(SequenceBytes& bytes, v1::DeviceReport& report) {
  report.set_spool_bytes(bytes.Number());
  report.set_spool_bytes_max(bytes.Number());
  report.set_waiting_records(bytes.Number());
  report.set_copies_aside(bytes.Number());
  report.set_disk(bytes.Text(20));
  report.set_wall_source(bytes.Text(8));
  report.add_settings()->set_name(bytes.Text(8));
  v1::SensorState& sensor = *report.mutable_sensors()->add_sensors();
  sensor.set_name(bytes.Text(8));
  sensor.set_readings(bytes.Number());
}

void SequenceWorld::OpenSession(SequenceBytes& bytes) {
  v1::OpenSessionRequest request;
  if (bytes.Below(8) == 0) {  // whatever the bytes say on the wire
    static_cast<void>(request.ParseFromString(bytes.Text(255)));
    if (request.device_id() == kGood) return;
  } else {
    request.set_device_name(bytes.Flag() ? kGood : bytes.Text(8));
    request.set_boot_id(SixteenOf(bytes.Below(3)));
    request.set_boot_time_ns(bytes.Time());
    request.set_wall_time_unix_ns(bytes.Time());
    request.set_wall_synchronised(bytes.Flag());
    if (bytes.Flag()) FillRuns(bytes, request);
    if (bytes.Flag()) FillReport(bytes, *request.mutable_report());
    if (bytes.Flag()) request.add_table_ids(TableIdOf(TableOf(bytes.Below(3))));
    if (bytes.Flag()) request.add_labels()->set_key(bytes.Text(8));
  }
  if (request.device_id().empty()) request.set_device_id(Cat("stranger-", bytes.Below(2)));
  const absl::Time heard = clock_.Wall() - absl::Seconds(static_cast<int64_t>(bytes.Below(30)));
  std::optional<Status> ended;
  life_->ingest.OpenSession(request, heard,
                            [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
                              ended = end.status;
                              if (end.status.ok()) tokens_.push_back(response.session_token());
                            });
  Settle();
  GODWIT_CHECK(ended.has_value());
  // The store takes whatever the border let in.
  GODWIT_CHECK(ended->ok() || absl::IsInvalidArgument(*ended));
}

void SequenceWorld::FillRecord(SequenceBytes& bytes, v1::Record& record) {
  record.set_run_id(bytes.Number());
  record.set_seq(bytes.Number());
  if (bytes.Below(8) == 0) {
    record.set_batch(bytes.Text(64));
  } else {
    Batch batch{.boot_id = SixteenOf(bytes.Below(3)),
                .wall_offset_ns = bytes.Time(),
                .wall_synchronised = bytes.Flag()};
    for (uint64_t blocks = bytes.Below(4); blocks > 0; --blocks) {
      const uint64_t number = bytes.Below(3);
      Block block{.table = TableIdOf(TableOf(number)), .interval_ns = bytes.Time()};
      block.columns.resize(bytes.Below(16) == 0 ? number : number + 1);
      int64_t at = bytes.Time();
      for (uint64_t ticks = bytes.Below(4); ticks > 0; --ticks) {
        block.ticks.push_back({at, static_cast<uint32_t>(bytes.Byte())});
        at = AddSaturated(at, bytes.Time());
        for (Column& column : block.columns) column.Append(bytes.Time());
      }
      batch.blocks.push_back(std::move(block));
    }
    record.set_batch(EncodeBatch(batch).value_or("no batch"));
  }
  record.set_checksum(bytes.Below(16) == 0 ? 1 : Checksum(record.batch()));
}

void SequenceWorld::Upload(SequenceBytes& bytes) {
  Peer peer;
  const auto sink = life_->ingest.NewStream(peer);
  sink->Open();
  const auto send = [&](v1::UploadMetricsRequest message) {
    Settle();
    if (std::exchange(peer.wants_next, false)) sink->Message(std::move(message));
  };
  v1::UploadMetricsRequest start;
  start.mutable_start()->set_session_token(Token(bytes));
  if (bytes.Below(4) == 0) FillReport(bytes, *start.mutable_start()->mutable_report());
  if (bytes.Below(4) == 0) {
    v1::SetAside& copy = *start.mutable_start()->add_set_aside();
    copy.set_run_id(bytes.Number());
    copy.mutable_seqs()->set_first(bytes.Number());
    copy.mutable_seqs()->set_last(copy.seqs().first());
  }
  send(start);
  for (uint64_t messages = bytes.Below(5); messages > 0; --messages) {
    v1::UploadMetricsRequest message;
    if (bytes.Below(8) == 0) {
      static_cast<void>(message.ParseFromString(bytes.Text(255)));
      send(message);
      continue;
    }
    if (bytes.Below(3) > 0) {
      const Table table = TableOf(bytes.Below(3));
      v1::Table& added = *message.add_tables();
      added.set_encoded(bytes.Below(16) == 0 ? bytes.Text(32) : EncodeTable(table));
      added.set_table_id(TableIdOf(table));
    }
    FillRecord(bytes, *message.mutable_record());
    send(message);
  }
  if (bytes.Below(4) == 0) {
    sink->Cancel();
  } else {
    sink->HalfClose();
  }
  Settle();
  GODWIT_CHECK(peer.ended.has_value());
}

void SequenceWorld::Listen(SequenceBytes& bytes) {
  v1::ReceiveCommandsRequest request;
  request.set_session_token(Token(bytes));
  if (bytes.Flag()) request.set_effective_revision(SixteenOf(bytes.Below(2)));
  auto listener = std::make_unique<Listener>();
  listener->sink = life_->ingest.NewCommandStream(*listener, request);
  listener->sink->Open();
  Settle();
  if (listener->sent > 0) listener->sink->Sent();
  life_->listeners.push_back(std::move(listener));
  Settle();
}

void SequenceWorld::ReportCommand(SequenceBytes& bytes) {
  v1::ReportCommandRequest request;
  request.set_session_token(Token(bytes));
  request.set_command_id(commands_.empty() || bytes.Below(8) == 0
                             ? bytes.Text(20)
                             : commands_[bytes.Byte() % commands_.size()]);
  request.set_state(static_cast<v1::CommandState>(bytes.Below(9)));
  request.set_start_id(bytes.Number());
  request.set_output(bytes.Text(64));
  life_->ingest.ReportCommand(request, [](const CallEnd&, const v1::ReportCommandResponse&) {});
  Settle();
}

void SequenceWorld::ReportRevision(SequenceBytes& bytes) {
  v1::ReportRevisionRequest request;
  request.set_session_token(Token(bytes));
  request.set_effective_revision(bytes.Flag() ? SixteenOf(bytes.Below(3)) : bytes.Text(20));
  request.set_offer_id(bytes.Flag() ? SixteenOf(bytes.Below(3)) : bytes.Text(20));
  request.set_state(static_cast<v1::RevisionState>(bytes.Below(6)));
  request.set_reason(bytes.Text(64));
  life_->ingest.ReportRevision(request, [](const CallEnd&, const v1::ReportRevisionResponse&) {});
  v1::FetchRevisionRequest fetch;
  fetch.set_session_token(request.session_token());
  fetch.set_revision(revisions_.empty() ? bytes.Text(20)
                                        : revisions_[bytes.Byte() % revisions_.size()]);
  life_->ingest.FetchRevision(fetch, [](const CallEnd&, const v1::FetchRevisionResponse&) {});
  Settle();
}

void SequenceWorld::ReportLog(SequenceBytes& bytes) {
  v1::ReportLogRequest request;
  request.set_session_token(Token(bytes));
  request.set_follower(bytes.Number());
  request.add_lines()->set_text(bytes.Text(64));
  request.set_refusal(bytes.Text(4));
  life_->ingest.ReportLog(request, [](const CallEnd&, const v1::ReportLogResponse&) {});
  Settle();
}

// What operators do to a stranger; it may not be known yet.
void SequenceWorld::Operate(SequenceBytes& bytes) {
  const std::string device = Cat("stranger-", bytes.Below(2));
  switch (bytes.Below(3)) {
    case 0:
      life_->orders.Issue({.device_id = device, .kind = "ping"},
                          absl::Seconds(1 + static_cast<int64_t>(bytes.Byte())),
                          [this](const StatusOr<CommandRow>& row) {
                            if (row.ok()) commands_.push_back(row->command.id);
                          });
      break;
    case 1: {
      const std::string text = bytes.Text(64);
      life_->orders.Push({.device_ids = {device}, .text = text}, [this, text](const Status& done) {
        if (done.ok()) revisions_.push_back(Sha256Prefix16(text));
      });
      break;
    }
    default:
      life_->orders.SetLabels({.device_id = device, .set = {{"label", "value"}}},
                              [](const Status&) {});
  }
  Settle();
}

void SequenceWorld::Merge() {
  const int64_t later = absl::ToUnixNanos(clock_.Wall() + absl::Hours(1000));
  for (int i = 0; i < 8; ++i) {
    const auto step = Require(life_->source->Next(later - 1, later), "find what to merge");
    if (!step) return;
    Require(life_->store->Apply(*step), "merge");
  }
}

// The well-behaved device's records are younger.
void SequenceWorld::Prune(SequenceBytes& bytes) {
  const Retention retention{.age = absl::Hours(24 + static_cast<int64_t>(bytes.Byte()))};
  Require(life_->store->Prune(retention, 1 + bytes.Below(8), absl::ToUnixNanos(clock_.Wall())),
          "retention");
}

void SequenceWorld::Pass(SequenceBytes& bytes) {
  scheduler_.RunFor(absl::Seconds(1 + static_cast<int64_t>(bytes.Below(100))));
}

void SequenceWorld::OpenGoodSession() {
  v1::OpenSessionRequest request;
  request.set_device_id(kGood);
  request.set_device_name("good");
  request.set_boot_id(SixteenOf(7));
  request.set_wall_synchronised(true);
  request.set_wall_time_unix_ns(absl::ToUnixNanos(clock_.Wall()));
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(kGoodRun);
  run.set_last_seq(good_seq_);
  if (good_seq_ > 0) {
    run.add_held()->set_first(1);
    run.mutable_held(0)->set_last(good_seq_);
  }
  good_token_.clear();
  life_->ingest.OpenSession(
      request, clock_.Wall(), [&](const CallEnd& end, const v1::OpenSessionResponse& response) {
        Require(end.status, "the good device opens a session");
        good_token_ = response.session_token();
        if (good_seq_ == 0) return;
        GODWIT_CHECK(response.settled_size() == 1 && response.settled(0).settled_size() == 1);
        GODWIT_CHECK(response.settled(0).settled(0).first() == 1);
        GODWIT_CHECK(response.settled(0).settled(0).last() == good_seq_);
      });
  Settle();
  GODWIT_CHECK(!good_token_.empty());
}

void SequenceWorld::UploadGood() {
  const Table table = TableOf(1);
  v1::UploadMetricsRequest message;
  message.mutable_start()->set_session_token(good_token_);
  v1::Table& added = *message.add_tables();
  added.set_encoded(EncodeTable(table));
  added.set_table_id(TableIdOf(table));
  Block block{.table = TableIdOf(table), .interval_ns = kSecond};
  block.columns.resize(2);
  const int64_t wall = absl::ToUnixNanos(sim::SimClock::TrueTimeAt(absl::Hours(1)));
  block.ticks.push_back({wall + static_cast<int64_t>(good_seq_) * kSecond, 0});
  for (Column& column : block.columns) column.Append(static_cast<int64_t>(good_seq_));
  v1::Record& record = *message.mutable_record();
  record.set_run_id(kGoodRun);
  record.set_seq(++good_seq_);
  record.set_batch(*EncodeBatch(
      {.boot_id = SixteenOf(7), .wall_synchronised = true, .blocks = {std::move(block)}}));
  record.set_checksum(Checksum(record.batch()));
  good_checksums_[good_seq_] = record.checksum();
  Peer peer;
  const auto sink = life_->ingest.NewStream(peer);
  sink->Open();
  sink->Message(message);
  Settle();
  sink->HalfClose();
  Settle();
  GODWIT_CHECK(peer.ended.has_value() && peer.ended->ok());
  GODWIT_CHECK(peer.response.verdicts_size() == 1);
  GODWIT_CHECK(peer.response.verdicts(0).verdict() == v1::VERDICT_COMMITTED);
}

// By the questions that operators ask of all devices.
void SequenceWorld::CheckGood() {
  SqliteReader& reader = *life_->reader;
  const auto rows = Require(reader.Devices(), "list the devices");
  bool found = false;
  for (const DeviceRow& row : rows) {
    if (row.facts.device_id != kGood) continue;
    found = true;
    GODWIT_CHECK(row.records == good_seq_ && row.samples == 2 * good_seq_);
    GODWIT_CHECK(row.duplicates == 0 && row.runs == 1 && row.unclean_runs == 0);
    GODWIT_CHECK(row.gap_records.empty() && row.alerts.empty());
  }
  GODWIT_CHECK(found);
  CheckList(rows.size());
  Require(reader.Figures(), "the store's figures");
  GODWIT_CHECK(life_->store->health()->problem().empty());
}

// The list of devices, as operators have it from memory.
void SequenceWorld::CheckList(size_t devices) {
  DeviceListQuery list(*life_->reader, life_->directory, life_->figures, clock_);
  size_t listed = 0;
  while (const auto page = Require(list.NextPage(), "list the devices' summaries")) {
    for (const v1::DeviceSummary& summary : page->devices()) {
      ++listed;
      if (summary.device_id() != kGood) continue;
      GODWIT_CHECK(summary.records() == good_seq_ && summary.missing_ticks_24h() == 0);
    }
  }
  GODWIT_CHECK(listed == devices);
}

void SequenceWorld::CheckGaps(const DeviceRow& row) {
  SqliteReader& reader = *life_->reader;
  GapQuery gaps(reader, {row.key, row.facts.device_id, row.facts.name});
  while (Require(gaps.NextPage(), "list gaps")) {
  }
  for (const RunRow& run : Require(reader.Runs(row.key), "list runs")) {
    Require(reader.Extent(run.key), "a run's extent");
  }
  Require(reader.Heads(row.key), "the latest values");
  std::set<Seq> seqs;
  RecordCursor cursor;
  while (const auto next = Require(reader.Next(row.key, cursor, {}), "the next record")) {
    GODWIT_CHECK(cursor < next->cursor);
    cursor = next->cursor;
    for (Seq seq = next->first_seq; seq <= cursor.seq; ++seq) seqs.insert(seq);
    for (const StoredSlice& slice : next->slices) Require(reader.Slice(slice.key), "a slice");
  }
  if (row.facts.device_id == kGood) GODWIT_CHECK(seqs.size() == good_seq_);
}

void SequenceWorld::CheckStore() {
  for (const DeviceRow& row : Require(life_->reader->Devices(), "list the devices")) {
    CheckGaps(row);
  }
  const auto verdict = Require(VerifyStore(kFile), "verify the store");
  for (const std::string& problem : verdict.problems) {
    std::fprintf(stderr, "store verify: %s\n", problem.c_str());
  }
  GODWIT_CHECK(verdict.problems_found == 0);
}

void SequenceWorld::Run(std::string_view sequence) {
  SequenceBytes bytes(sequence);
  while (!bytes.empty()) {
    switch (bytes.Below(16)) {
      case 0:
      case 1:
      case 2:
        OpenSession(bytes);
        break;
      case 3:
      case 4:
      case 5:
      case 6:
        Upload(bytes);
        break;
      case 7:
        Listen(bytes);
        break;
      case 8:
        ReportCommand(bytes);
        break;
      case 9:
        ReportRevision(bytes);
        break;
      case 10:
        ReportLog(bytes);
        break;
      case 11:
        Operate(bytes);
        break;
      case 12:
        Merge();
        break;
      case 13:
        Prune(bytes);
        break;
      case 14:
        bytes.Flag() ? Pass(bytes) : UploadGood();
        break;
      default:
        Stop();
        Start();
        OpenGoodSession();
    }
    CheckGood();
  }
}

}  // namespace godwit::collector
