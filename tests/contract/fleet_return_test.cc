// After an outage a whole fleet comes back at once, and the collector's disk is slow. In virtual
// time: a sync takes 20 ms of it, everything else takes none.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/uplink/retry_policy.h"
#include "base/backoff.h"
#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "collector/limits.h"
#include "tests/sim/collector_life.h"
#include "tests/sim/store_disk.h"

namespace godwit::collector {
namespace {

constexpr int kDevices = 2500;
constexpr absl::Duration kSync = absl::Milliseconds(20);
constexpr absl::Duration kAllBackWithin = absl::Seconds(60);
constexpr RunId kRun = 7;

struct Fleet {
  sim::SimScheduler& scheduler;
  sim::SimExecutor& executor;
  CollectorLife* life = nullptr;
  int with_session = 0;
  int timed_out = 0;
  int committed = 0;
};

// Opens a session and uploads the record that waits, as an agent does: a deadline, then a back-off.
class ReturningDevice final : public UploadPeer {
 public:
  ReturningDevice(Fleet& fleet, int number) : fleet_(fleet), id_(Cat("device-", number)) {}

  // `wait`: until its connection is accepted. The deadline counts from the dialling.
  void Dial(absl::Duration wait) {
    call_ = std::make_shared<Call>();
    deadline_ = fleet_.executor.PostAfter(agent::kOpenSessionDeadline, [this] {
      ++fleet_.timed_out;
      End({.status = absl::DeadlineExceededError("OpenSession")});
    });
    connected_ = fleet_.executor.PostAfter(wait, [this] { OpenSession(); });
  }
  // The session is over, and the next record waits.
  void Lose() {
    if (call_ != nullptr) call_->is_over = true;
    deadline_.reset();
    connected_.reset();
    again_.reset();
    sink_.reset();
    ++seq_;
  }

  void Next() override {
    fleet_.executor.Post([this] {
      if (sink_ == nullptr) return;
      if (std::exchange(is_sent_, true)) return sink_->HalfClose();
      sink_->Message(Upload());
    });
  }
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse& response) override {
    EXPECT_TRUE(end.status.ok()) << end.status;
    ASSERT_EQ(response.verdicts_size(), 1);
    EXPECT_EQ(response.verdicts(0).verdict(), v1::VERDICT_COMMITTED);
    ++fleet_.committed;
  }

 private:
  // Outlives the call where the collector still has it.
  struct Call {
    bool is_over = false;
  };

  void OpenSession() {
    v1::OpenSessionRequest request;
    request.set_device_id(id_);
    request.set_device_name(id_);
    request.set_boot_id(std::string(16, 'b'));
    request.set_wall_synchronised(true);
    v1::HeldRun& run = *request.add_runs();
    run.set_run_id(kRun);
    run.set_last_seq(seq_);
    run.add_held()->set_first(seq_);
    run.mutable_held(0)->set_last(seq_);
    request.mutable_report()->set_disk("ok");
    fleet_.life->ingest().OpenSession(
        request, fleet_.life->clock().Wall(),
        [this, call = call_](const CallEnd& end, const v1::OpenSessionResponse& response) {
          if (call->is_over) return;
          if (!end.status.ok()) return End({.status = end.status, .retry_after = end.retry_after});
          End({}, response.session_token());
        },
        [call = call_] { return call->is_over; });
  }

  void End(const agent::CallResult& result, const std::string& token = "") {
    call_->is_over = true;
    if (result.status.ok()) {
      deadline_.reset();
      ++fleet_.with_session;
      token_ = token;
      is_sent_ = false;
      sink_ = fleet_.life->ingest().NewStream(*this);
      return sink_->Open();
    }
    const absl::Duration wait = agent::WaitAfter(result, backoff_.Next(fleet_.scheduler.Draw()));
    again_ = fleet_.executor.PostAfter(wait, [this] { Dial(absl::ZeroDuration()); });
  }

  v1::UploadMetricsRequest Upload() const {
    const Table table{.series = {{.name = "count", .kind = Kind::kCounter}}};
    Block block{.table = TableIdOf(table), .interval_ns = 1'000'000'000};
    block.columns.resize(1);
    block.ticks.push_back({1'790'000'000'000'000'000 + static_cast<int64_t>(seq_), 0});
    block.columns[0].Append(static_cast<int64_t>(seq_));
    v1::UploadMetricsRequest message;
    message.mutable_start()->set_session_token(token_);
    v1::Table& added = *message.add_tables();
    added.set_encoded(EncodeTable(table));
    added.set_table_id(TableIdOf(table));
    v1::Record& record = *message.mutable_record();
    record.set_run_id(kRun);
    record.set_seq(seq_);
    record.set_batch(*EncodeBatch({.boot_id = BootId(kBootIdSize, 'b'),
                                   .wall_synchronised = true,
                                   .blocks = {std::move(block)}}));
    record.set_checksum(Checksum(record.batch()));
    return message;
  }

  Fleet& fleet_;
  const std::string id_;
  Backoff backoff_{BackoffOptions{}};
  Seq seq_ = 1;
  std::shared_ptr<Call> call_;
  std::unique_ptr<Timer> deadline_;
  std::unique_ptr<Timer> connected_;
  std::unique_ptr<Timer> again_;
  std::string token_;
  bool is_sent_ = false;
  std::unique_ptr<UploadSink> sink_;
};

class FleetReturnTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kDevices; ++i) {
      devices_.push_back(std::make_unique<ReturningDevice>(fleet_, i));
    }
    Start();
    ASSERT_TRUE(AllReturn(absl::Minutes(1)));
    ASSERT_TRUE(AllIsCommitted());
  }
  void TearDown() override { Stop(); }

  void Start() {
    auto life = CollectorLife::Start(scheduler_, clock_, random_);
    ASSERT_TRUE(life.ok()) << life.status();
    life_ = *std::move(life);
    fleet_.life = life_.get();
  }
  void Stop() {
    disk_.OnSync(nullptr);
    for (const auto& device : devices_) device->Lose();
    life_->RunBriefly();
    life_.reset();
  }
  void SlowDown() {
    disk_.OnSync([this] {
      ++syncs_;
      scheduler_.PassInside(kSync, life_->writer_executor());
    });
  }
  // All dial at the same moment; their connections are accepted no faster than the collector does.
  bool AllReturn(absl::Duration limit) {
    fleet_.with_session = fleet_.timed_out = fleet_.committed = 0;
    for (int i = 0; i < kDevices; ++i) {
      const absl::Duration wait = absl::Seconds((i - kConnectionsBurst) / kConnectionsPerSecond);
      devices_[static_cast<size_t>(i)]->Dial(std::max(wait, absl::ZeroDuration()));
    }
    return Reaches(fleet_.with_session, limit);
  }
  bool AllIsCommitted() { return Reaches(fleet_.committed, absl::Seconds(10)); }
  // Whether all devices are counted before the limit. While the writer always has a next task, the
  // scheduler alone would go on beyond it.
  bool Reaches(const int& count, absl::Duration limit) {
    const absl::Duration end = scheduler_.now() + limit;
    scheduler_.RunUntil([&] { return count == kDevices || scheduler_.now() >= end; }, limit);
    return count == kDevices && scheduler_.now() <= end;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::StoreDisk disk_;
  sim::SimExecutor executor_{scheduler_};
  std::unique_ptr<CollectorLife> life_;
  Fleet fleet_{scheduler_, executor_};
  std::vector<std::unique_ptr<ReturningDevice>> devices_;
  int syncs_ = 0;
};

TEST_F(FleetReturnTest, AllDevicesHaveSessionsWithinAMinuteOnASlowDisk) {
  Stop();
  Start();
  SlowDown();
  const absl::Duration begin = scheduler_.now();
  EXPECT_TRUE(AllReturn(kAllBackWithin))
      << fleet_.with_session << " sessions and " << fleet_.committed << " records after "
      << kAllBackWithin << "; " << fleet_.timed_out << " calls timed out, " << syncs_ << " syncs";
  RecordProperty("seconds", absl::FormatDuration(scheduler_.now() - begin));
  RecordProperty("syncs", syncs_);
  // Nobody had to come twice, and what they brought is there.
  EXPECT_EQ(fleet_.timed_out, 0);
  EXPECT_TRUE(AllIsCommitted());
  const auto rows = life_->reader().Devices();
  ASSERT_TRUE(rows.ok()) << rows.status();
  const auto whole = std::count_if(rows->begin(), rows->end(),
                                   [](const DeviceRow& row) { return row.records == 2; });
  EXPECT_EQ(whole, kDevices);
}

}  // namespace
}  // namespace godwit::collector
