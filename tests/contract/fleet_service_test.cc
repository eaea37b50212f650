// Readers of the Fleet service over a real connection: none of them keeps another one out.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "collector/fleet/fleet_service.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/thread_executor.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "tests/contract/loopback_server.h"
#include "tests/sim/memory_store.h"

namespace godwit::collector {
namespace {

// Under the thread sanitizer, whole exports take minutes.
constexpr char kWhySlowly[] =
    "each sample that is parsed behind gRPC is a report that is suppressed";
#if defined(__SANITIZE_THREAD__)
constexpr bool kParsesSlowly = true;
#elif defined(__has_feature)
constexpr bool kParsesSlowly = __has_feature(thread_sanitizer);
#else
constexpr bool kParsesSlowly = false;
#endif

constexpr int kTicks = 20'000;
constexpr Seq kRecords = 40;  // an export of some 20 MB: more than a connection takes unread

// Can be made to hang when it reads records, as a long statement would: until its caller has gone.
class HangingStore final : public sim::MemoryStore {
 public:
  HangingStore() : MemoryStore("0123456789abcdef") {}
  void Watch(Abandoned abandoned) override { abandoned_ = std::move(abandoned); }
  StatusOr<std::optional<StoredRecord>> NextByTime(int64_t device, TimeCursor after,
                                                   TimeRange times) override {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    while (hangs_ && !abandoned_()) changed_.wait_for(lock, std::chrono::milliseconds(1));
    --inside_;
    if (hangs_) return Error(StatusCode::kCancelled, "abandoned");
    lock.unlock();
    return MemoryStore::NextByTime(device, after, times);
  }
  void Hang(bool hangs) {
    const std::lock_guard lock(mutex_);
    hangs_ = hangs;
    changed_.notify_all();
  }
  void WaitUntilInside(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ == count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool hangs_ = false;                       // guarded by mutex_
  int inside_ = 0;                           // likewise
  static thread_local Abandoned abandoned_;  // each thread would have a reader of its own
};
thread_local StoreReader::Abandoned HangingStore::abandoned_;

class FleetServiceTest : public testing::Test {
 protected:
  explicit FleetServiceTest(absl::Duration patience = kReaderPatience,
                            absl::Duration status_patience = kStatusPatience)
      : patience_(patience), status_patience_(status_patience) {}
  void SetUp() override {
    ASSERT_TRUE(store_.OpenSession({.device = {.device_id = "pump"}, .runs = {{.run = 7}}}).ok());
    const Table table{.series = {{.name = "a"}}};
    Block block{.table = TableIdOf(table), .interval_ns = 1};
    block.columns.resize(1);
    for (int64_t time = 1; time <= kTicks; ++time) {
      block.ticks.push_back({time, 0});
      block.columns[0].Append(time);
    }
    const Batch batch{.boot_id = BootId(kBootIdSize, 'b'), .blocks = {block}};
    const std::string bytes = *EncodeBatch(batch);
    for (Seq seq = 1; seq <= kRecords; ++seq) {
      const IncomingRecord record{.name = {7, seq},
                                  .checksum = seq,
                                  .batch = bytes,
                                  .blocks = SpansOf(batch),
                                  .clock = {BootId(kBootIdSize, 'b'), 0, true},
                                  .first_unix_ns = 1,
                                  .last_unix_ns = kTicks,
                                  .samples = kTicks};
      ASSERT_TRUE(store_
                      .Commit({{.device_id = "pump",
                                .tables = {{block.table, EncodeTable(table), 1}},
                                .record = record}},
                              1)
                      .ok());
    }
  }

  // Calls end on their executors, and give their seats back there.
  void TearDown() override {
    server_.reset();
    for (ThreadExecutor* const executor : {&lookup_, &one_, &other_}) executor->Stop();
  }

  // A connection of its own: one takes eight calls at a time.
  std::unique_ptr<v1::Fleet::Stub> Connect() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::Fleet::NewStub(grpc::CreateCustomChannel(
        server_->address(), grpc::InsecureChannelCredentials(), arguments));
  }

  // A stream of which one page was taken.
  template <typename Page>
  struct Reader {
    std::unique_ptr<v1::Fleet::Stub> stub;
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<Page>> pages;
    Page page;
    bool Read() { return pages->Read(&page); }
    // What is left.
    grpc::Status Finish() {
      while (Read()) {
      }
      return pages->Finish();
    }
  };
  std::unique_ptr<Reader<v1::SamplePage>> Export() {
    auto reader = std::make_unique<Reader<v1::SamplePage>>();
    reader->stub = Connect();
    v1::ExportRequest request;
    request.set_device("pump");
    reader->pages = reader->stub->Export(&reader->context, request);
    return reader;
  }
  std::unique_ptr<Reader<v1::SamplePage>> Tail() {
    auto reader = std::make_unique<Reader<v1::SamplePage>>();
    reader->stub = Connect();
    v1::TailRequest request;
    request.set_device("pump");
    reader->pages = reader->stub->Tail(&reader->context, request);
    while (statistics_.Read(0, 0).under_way(LongCall::kTail) < 1) {
    }
    return reader;
  }
  std::unique_ptr<Reader<v1::SamplePage>> Query() {
    auto reader = std::make_unique<Reader<v1::SamplePage>>();
    reader->stub = Connect();
    v1::QueryRequest request;
    request.set_device("pump");
    request.set_aggregate(v1::AGGREGATE_MEAN);
    request.set_until_unix_ns(100);
    reader->pages = reader->stub->Query(&reader->context, request);
    return reader;
  }
  int ListDevices() {
    Reader<v1::ListDevicesResponse> reader;
    reader.stub = Connect();
    reader.pages = reader.stub->ListDevices(&reader.context, {});
    int devices = 0;
    while (reader.Read()) devices += reader.page.devices_size();
    EXPECT_TRUE(reader.pages->Finish().ok());
    return devices;
  }
  uint64_t Refusals(const std::string& reason) {
    const auto refusals = statistics_.Read(0, 0).refusals;
    const auto found = refusals.find(reason);
    return found == refusals.end() ? 0 : found->second;
  }
  bool Held() {
    return holds_.WhileNoneIsTaken([](const auto& is_held) { return is_held(1); });
  }

  const absl::Duration patience_;
  const absl::Duration status_patience_;
  LinuxClock clock_;
  HangingStore store_;
  Statistics statistics_;
  Directory directory_;
  ReadHolds holds_;
  StopNotice stopping_;
  RefusedCallers refused_;
  ThreadExecutor lookup_{"lookup", clock_};
  ThreadExecutor one_{"query-0", clock_};
  ThreadExecutor other_{"query-1", clock_};
  QueryPool pool_{{{one_, store_}, {other_, store_}}};
  std::unique_ptr<grpc::Service> service_ =
      MakeFleetService({.pool = pool_,
                        .lookup = {lookup_, store_},
                        .directory = directory_,
                        .clock = clock_,
                        .statistics = statistics_,
                        .holds = holds_,
                        .refused = refused_,
                        .status = [](auto done) { done({.version = "1"}); },
                        .stopping = stopping_,
                        .reader_patience = patience_,
                        .status_patience = status_patience_});
  std::optional<LoopbackServer> server_{std::in_place, *service_};
};

class ImpatientFleetServiceTest : public FleetServiceTest {
 protected:
  ImpatientFleetServiceTest() : FleetServiceTest(absl::Milliseconds(300)) {}
};

class AbruptFleetServiceTest : public FleetServiceTest {
 protected:
  AbruptFleetServiceTest() : FleetServiceTest(absl::Milliseconds(300), absl::Milliseconds(300)) {}
};

TEST_F(ImpatientFleetServiceTest, AReaderThatTakesNothingIsEndedByNameAndHoldsUpNoMerging) {
  const auto paused = Export();
  ASSERT_TRUE(paused->Read());
  EXPECT_TRUE(Held());
  const absl::Time begin = absl::Now();
  while (Held()) ASSERT_LT(absl::Now() - begin, absl::Seconds(10));
  EXPECT_EQ(statistics_.Read(0, 0).under_way(LongCall::kQuery), 0);
  const grpc::Status end = paused->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::ABORTED) << end.error_message();
  EXPECT_NE(end.error_message().find("the reader took nothing for 300ms"), std::string::npos)
      << end.error_message();
  EXPECT_EQ(Refusals("reader took nothing"), 1u);
}

TEST_F(AbruptFleetServiceTest, AReaderThatDoesNotTakeTheStatusEitherIsCutOff) {
  const auto paused = Export();
  ASSERT_TRUE(paused->Read());
  // Its place, at the first thread, is free again when the call is over.
  const absl::Time begin = absl::Now();
  while (&pool_.Take().worker.executor != &one_) ASSERT_LT(absl::Now() - begin, absl::Seconds(20));
  EXPECT_EQ(paused->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(FleetServiceTest, AReaderThatTakesEverythingHasIt) {
  if (kParsesSlowly) GTEST_SKIP() << kWhySlowly;
  const auto reader = Export();
  int samples = 0;
  while (reader->Read()) samples += reader->page.samples_size();
  EXPECT_TRUE(reader->pages->Finish().ok());
  EXPECT_EQ(samples, static_cast<int>(kRecords) * kTicks);
  EXPECT_FALSE(Held());
}

TEST_F(FleetServiceTest, ListsAndSingleAnswersDoNotWaitBehindQueriesThatHang) {
  store_.Hang(true);
  const auto first = Query();
  const auto second = Query();
  store_.WaitUntilInside(2);  // no thread for queries is left
  EXPECT_EQ(ListDevices(), 1);
  grpc::ClientContext show;
  v1::GetDeviceRequest request;
  request.set_device("pump");
  v1::GetDeviceResponse device;
  EXPECT_TRUE(Connect()->GetDevice(&show, request, &device).ok());
  EXPECT_EQ(device.summary().device_id(), "pump");
  grpc::ClientContext ask;
  v1::GetStatusResponse status;
  EXPECT_TRUE(Connect()->GetStatus(&ask, {}, &status).ok());
  store_.Hang(false);
  EXPECT_TRUE(first->Finish().ok());
  EXPECT_TRUE(second->Finish().ok());
}

TEST_F(FleetServiceTest, AQueryEndsWithinItsStatementWhenItsCallerGoes) {
  store_.Hang(true);
  const auto query = Query();
  store_.WaitUntilInside(1);
  query->context.TryCancel();
  EXPECT_EQ(query->Finish().error_code(), grpc::StatusCode::CANCELLED);
  const absl::Time begin = absl::Now();
  while (Held()) ASSERT_LT(absl::Now() - begin, absl::Seconds(20));
  store_.Hang(false);
}

TEST_F(FleetServiceTest, WhatWaitsForMoreEndsAtOnceWhenTheCollectorStops) {
  const auto tail = Tail();
  stopping_.Give(clock_.Boot() + absl::Hours(1));
  const grpc::Status end = tail->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(end.error_message(), "the collector is stopping");
}

TEST_F(FleetServiceTest, AnAnswerThatIsUnderWayHasTheTimeThatIsLeftWhenTheCollectorStops) {
  if (kParsesSlowly) GTEST_SKIP() << kWhySlowly;
  const auto in_time = Export();
  ASSERT_TRUE(in_time->Read());
  stopping_.Give(clock_.Boot() + absl::Seconds(20));
  EXPECT_TRUE(in_time->Finish().ok());
}

TEST_F(FleetServiceTest, AnAnswerThatIsNotDoneInTimeSaysSoWhenTheCollectorStops) {
  if (kParsesSlowly) GTEST_SKIP() << kWhySlowly;
  const auto late = Export();
  ASSERT_TRUE(late->Read());
  stopping_.Give(clock_.Boot());
  const grpc::Status end = late->Finish();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_NE(end.error_message().find("not complete"), std::string::npos) << end.error_message();
}

TEST_F(FleetServiceTest, TailsAndListsHavePlacesOfTheirOwn) {
  store_.Hang(true);
  std::vector<std::unique_ptr<Reader<v1::SamplePage>>> queries;
  for (int i = 0; i < kQueriesMax; ++i) queries.push_back(Query());
  while (statistics_.Read(0, 0).under_way(LongCall::kQuery) < kQueriesMax) {
  }
  const grpc::Status refused = Query()->Finish();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(refused.error_message(), "16 queries are in progress; try again in a moment");
  EXPECT_EQ(Refusals("too many queries"), 1u);
  EXPECT_EQ(ListDevices(), 1);
  const auto tail = Tail();
  EXPECT_EQ(Refusals("too many tails"), 0u);
  tail->context.TryCancel();
  store_.Hang(false);
  for (const auto& query : queries) EXPECT_TRUE(query->Finish().ok());
  EXPECT_EQ(tail->Finish().error_code(), grpc::StatusCode::CANCELLED);
  while (statistics_.Read(0, 0).under_way(LongCall::kTail) > 0) {
  }
}

}  // namespace
}  // namespace godwit::collector
