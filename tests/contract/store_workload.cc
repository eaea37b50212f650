#include "tests/contract/store_workload.h"

#include <algorithm>
#include <random>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "collector/limits.h"
#include "collector/store/store_tools.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kBegin = 1'799'996'400 * kSecond;  // an hour begins
constexpr int64_t kLater = 1'900'000'000 * kSecond;  // everything has waited long enough
constexpr RunId kOldRun = 1;                         // retention takes its records
constexpr size_t kTicks = 20;

const Table& SomeTable() {
  static const Table table{.series = {{.name = "a"}, {.name = "b", .kind = Kind::kCounter}}};
  return table;
}

std::string IdOf(char letter) {
  return std::string(16, letter);
}

}  // namespace

// Now and then one that does not fit a page of the store, or ten.
Delivery StoreWorkload::Record(const std::string& device, const RecordName& name) const {
  std::mt19937_64 noise(name.run * 1000 + name.seq);
  const size_t ticks = name.seq % 4 == 0 ? 3000 : kTicks;
  const int64_t begin = name.run == kOldRun ? kBegin - 3'600'000 * kSecond : kBegin;
  Block block{.table = TableIdOf(SomeTable()), .interval_ns = kSecond / 100};
  block.columns.resize(2);
  int64_t at = begin + static_cast<int64_t>(name.seq) * 60 * kSecond;
  for (size_t i = 0; i < ticks; ++i, at += block.interval_ns) {
    block.ticks.push_back({at, 0});
    block.columns[0].Append(static_cast<double>(noise() % 1'000'000'007) / 7);
    block.columns[1].Append(static_cast<int64_t>(name.seq * ticks + i));
  }
  const Batch batch{
      .boot_id = IdOf('b'), .wall_offset_ns = 5, .wall_synchronised = true, .blocks = {block}};
  const TimeSpan span = SpanOf(batch);
  Delivery delivery{.device_id = device};
  delivery.tables.push_back({block.table, EncodeTable(SomeTable()), 2});
  delivery.record = IncomingRecord{.name = name,
                                   .batch = *EncodeBatch(batch),
                                   .blocks = SpansOf(batch),
                                   .clock = {batch.boot_id, 5, true},
                                   .first_unix_ns = span.first_unix_ns,
                                   .last_unix_ns = span.last_unix_ns,
                                   .samples = SampleCount(batch)};
  delivery.record->checksum = Checksum(delivery.record->batch);
  return delivery;
}

bool StoreWorkload::Open() {
  Close();
  auto store = SqliteStore::Open(file_, random_);
  if (!store.ok()) return false;
  store_ = *std::move(store);
  auto reader = SqliteReader::Open(file_, store_->health());
  auto source = SqliteMergeSource::Open(file_, store_->health());
  if (!reader.ok() || !source.ok()) {
    Close();
    return false;
  }
  reader_ = *std::move(reader);
  source_ = *std::move(source);
  return true;
}

void StoreWorkload::Close() {
  source_.reset();
  reader_.reset();
  store_.reset();
}

void StoreWorkload::OpenSession(const std::string& device, RunId run, RunId follows) {
  if (store_ == nullptr) return;
  static_cast<void>(store_->OpenSession(
      {.device = {.device_id = device, .name = device, .boot_id = IdOf('b')},
       .runs = {{.run = run, .follows_run = follows, .follows_last_seq = follows == 0 ? 0u : 12u}},
       .losses = {{follows, {9, 12}, "spool full"}},
       .report = DeviceReport{.disk = "ok"},
       .now_unix_ns = Now()}));
}

void StoreWorkload::Commit(const std::string& device, RunId run, Seq first, Seq last) {
  std::vector<Delivery> deliveries;
  for (Seq seq = first; seq <= last; ++seq) {
    deliveries.push_back(Record(device, {run, seq}));
    sent_.insert({device, {run, seq}});
  }
  if (store_ == nullptr) return;
  const auto outcomes = store_->Commit(deliveries, Now());
  if (!outcomes.ok()) return;
  for (size_t i = 0; i < deliveries.size(); ++i) {
    const Outcome outcome = (*outcomes)[i];
    if (outcome == Outcome::kCommitted || outcome == Outcome::kDuplicate) {
      stored_.insert({device, deliveries[i].record->name});
    }
  }
}

// Issues a command that may start at once, a configuration, a label.
void StoreWorkload::Operate(char letter) {
  if (store_ == nullptr) return;
  const std::string id = IdOf(letter);
  const int64_t life = now_ + 3'600 * kSecond;
  if (store_->Issue({.id = id, .device_id = "one", .kind = "ping", .expires_unix_ns = life}, Now())
          .ok()) {
    commands_.insert(id);
  }
  const auto go = store_->Report({.id = id, .device_id = "one", .start_id = 7}, Now());
  if (go.ok() && go->go) goes_.insert(id);
  const std::string text(3000, letter);
  if (store_
          ->Push({{.id = id, .device_id = "one", .revision = Sha256Prefix16(text), .text = text}},
                 Now())
          .ok()) {
    offers_.insert(id);
  }
  static_cast<void>(store_->ReportRevision({.device_id = "one",
                                            .effective = Sha256Prefix16(text),
                                            .offer_id = id,
                                            .state = OfferState::kApplied},
                                           Now()));
  labels_tried_.insert(id);
  if (store_->SetLabels({.device_id = "one", .set = {{"label", id}}}, Now()).ok()) {
    label_ = id;
    labels_tried_.clear();
  }
}

void StoreWorkload::MergeAll() {
  for (int i = 0; i < 20 && store_ != nullptr; ++i) {
    const auto steps = source_->NextGroup(kLater - 1, kLater);
    if (steps.ok() && steps->empty()) return;
    if (steps.ok()) static_cast<void>(store_->Apply(*steps));
  }
}

void StoreWorkload::Run() {
  Open();
  OpenSession("one", kOldRun, 0);
  OpenSession("two", 3, 0);
  Commit("one", kOldRun, 1, 3);
  Commit("two", 3, 1, 2);
  Operate('x');
  Commit("one", kOldRun, 4, 5);
  Open();  // the collector is started again
  OpenSession("one", 2, kOldRun);
  Commit("one", 2, 1, 4);
  MergeAll();
  Commit("two", 3, 3, 3);
  if (store_ != nullptr) {
    static_cast<void>(store_->Prune({.age = absl::Hours(24 * 30)}, 3, now_));
  }
  Operate('y');
  Commit("one", 2, 5, 6);
  Close();
}

void StoreWorkload::Expect(bool holds, const std::string& problem) {
  if (!holds) problems_.push_back(problem);
}

size_t StoreWorkload::acknowledged() const {
  return stored_.size() + commands_.size() + goes_.size() + offers_.size() + label_.has_value();
}

void StoreWorkload::Verify() {
  const auto verdict = VerifyStore(file_);
  if (!verdict.ok()) return problems_.push_back(Message(verdict.status()));
  for (const std::string& problem : verdict->problems) problems_.push_back(problem);
}

// As the devices do when they come back.
void StoreWorkload::SendAgain() {
  OpenSession("one", kOldRun, 0);
  OpenSession("two", 3, 0);
  for (const auto& [device, name] : sent_) {
    const auto outcomes = store_->Commit({Record(device, name)}, Now());
    const std::string text = Cat(device, " ", name.run, "/", name.seq);
    if (!outcomes.ok()) {
      problems_.push_back(Cat(text, ": ", Message(outcomes.status())));
      continue;
    }
    const Outcome outcome = outcomes->front();
    const bool acknowledged = stored_.contains({device, name});
    Expect(
        outcome == Outcome::kDuplicate || (outcome == Outcome::kCommitted && !acknowledged),
        Cat(text, acknowledged ? ", acknowledged" : "", ": outcome ", static_cast<int>(outcome)));
  }
  const auto devices = reader_->Devices();
  if (!devices.ok()) return problems_.push_back(Message(devices.status()));
  std::map<std::string, uint64_t> wanted;
  for (const auto& [device, name] : sent_) ++wanted[device];
  for (const DeviceRow& row : *devices) {
    const std::string& id = row.facts.device_id;
    Expect(row.records == wanted[id], Cat(id, ": ", row.records, " records were ever stored"));
    std::set<RecordName> there;
    std::map<int64_t, RunId> runs;
    for (const RunRow& run : reader_->Runs(row.key).value_or(std::vector<RunRow>())) {
      runs[run.key] = run.id;
    }
    const auto spans = reader_->Spans(row.key, {}, 1000);
    if (!spans.ok()) return problems_.push_back(Message(spans.status()));
    for (const StoredSpans& record : *spans) {
      for (Seq seq = record.first_seq; seq <= record.cursor.seq; ++seq) {
        Expect(there.insert({runs[record.cursor.run_key], seq}).second, "a record occurs twice");
      }
    }
    for (const auto& [device, name] : sent_) {
      const bool may_be_gone = name.run == kOldRun;
      Expect(device != id || may_be_gone || there.contains(name),
             Cat(device, " ", name.run, "/", name.seq, " is not there"));
    }
  }
}

void StoreWorkload::CheckOrders() {
  const auto names = reader_->DeviceNames();
  if (!names.ok()) return problems_.push_back(Message(names.status()));
  const auto one = std::find_if(names->begin(), names->end(),
                                [](const DeviceName& name) { return name.id == "one"; });
  if (one == names->end()) return problems_.push_back("device one is not known");
  for (const std::string& id : commands_) {
    const auto row = reader_->Command(id);
    Expect(row.ok(), "a command that was issued is not there");
    const bool started = row.ok() && row->state == CommandState::kStarted && row->start_id == 7;
    Expect(started || !goes_.contains(id), "a command that has the go has not started");
  }
  std::set<std::string> offers;
  for (const OfferRow& row : reader_->Offers(one->key, 100).value_or(std::vector<OfferRow>())) {
    Expect(offers.insert(row.offer.id).second, "an offer occurs twice");
  }
  for (const std::string& id : offers_) Expect(offers.contains(id), "an offer is not there");
  const Labels labels = reader_->OperatorLabels(one->key).value_or(Labels());
  const auto label = labels.find("label");
  const bool is_right = label == labels.end()
                            ? !label_
                            : label->second == label_ || labels_tried_.contains(label->second);
  Expect(is_right, "a label is not as it was set last");
}

std::vector<std::string> StoreWorkload::FindProblems() {
  problems_.clear();
  if (!Open()) return {"the store does not open"};
  Verify();
  if (!sent_.empty() && problems_.empty()) SendAgain();
  CheckOrders();
  MergeAll();
  Verify();
  Close();
  return problems_;
}

}  // namespace godwit::collector
