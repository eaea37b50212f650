// greedy_device HOST:PORT DEVICE SECONDS: one device that brings what is new without end and heeds
// no hint: in each round a session of a new boot with new runs, and a stream of records with new
// tables. Prints what it was answered as JSON.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/checksum.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit {
namespace {

constexpr uint64_t kRunsEach = 4096;
constexpr uint64_t kRecordsEach = 4;
constexpr uint64_t kTablesEach = 16;

struct Answers {
  uint64_t sessions = 0;
  uint64_t sessions_postponed = 0;
  uint64_t sessions_refused = 0;
  uint64_t committed = 0;
  uint64_t retry = 0;
  uint64_t rejected = 0;
  uint64_t hints = 0;
};

class GreedyDevice {
 public:
  GreedyDevice(const std::string& collector, std::string id) : id_(std::move(id)) {
    stub_ = v1::Device::NewStub(grpc::CreateChannel(collector, grpc::InsecureChannelCredentials()));
  }

  void Round() {
    // A device that is refused continues as the boot and the run that are known.
    if (!Open(Boot(++boot_), kRunsEach) && !Open(Boot(0), 0)) return;
    Upload();
  }
  const Answers& answers() const { return answers_; }

 private:
  static std::string Boot(uint64_t number) {
    std::string boot = Cat("boot ", number);
    boot.resize(kBootIdSize);
    return boot;
  }

  bool Open(const std::string& boot, uint64_t runs) {
    v1::OpenSessionRequest request;
    request.set_device_id(id_);
    request.set_device_name(id_);
    request.set_boot_id(boot);
    request.set_wall_synchronised(true);
    for (uint64_t i = 0; i < runs; ++i) request.add_runs()->set_run_id(++run_);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::OpenSessionResponse response;
    const grpc::Status status = stub_->OpenSession(&context, request, &response);
    if (status.ok()) {
      ++answers_.sessions;
      token_ = response.session_token();
    } else if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
      ++answers_.sessions_postponed;
      CountHint(context);
    } else {
      ++answers_.sessions_refused;
    }
    return status.ok();
  }

  void Upload() {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::UploadMetricsResponse response;
    const auto writer = stub_->UploadMetrics(&context, &response);
    v1::UploadMetricsRequest message;
    message.mutable_start()->set_session_token(token_);
    bool ok = writer->Write(message);
    for (uint64_t i = 0; ok && i < kRecordsEach; ++i) ok = writer->Write(NextRecord());
    writer->WritesDone();
    if (!writer->Finish().ok()) return;
    CountHint(context);
    for (const v1::RecordVerdict& verdict : response.verdicts()) {
      const uint64_t records = verdict.seqs().last() - verdict.seqs().first() + 1;
      if (verdict.verdict() == v1::VERDICT_COMMITTED) answers_.committed += records;
      if (verdict.verdict() == v1::VERDICT_RETRY) answers_.retry += records;
      if (verdict.verdict() == v1::VERDICT_REJECTED) answers_.rejected += records;
    }
  }

  v1::UploadMetricsRequest NextRecord() {
    v1::UploadMetricsRequest message;
    Batch batch{.boot_id = Boot(0), .wall_synchronised = true};
    for (uint64_t i = 0; i < kTablesEach; ++i) {
      const Table table{.series = {{.name = Cat("greedy.", ++table_)}}};
      v1::Table& added = *message.add_tables();
      added.set_table_id(TableIdOf(table));
      added.set_encoded(EncodeTable(table));
      Block& block = batch.blocks.emplace_back(
          Block{.table = added.table_id(), .interval_ns = 1, .ticks = {{1, 0}}});
      block.columns.resize(1);
      block.columns[0].Append(int64_t{1});
    }
    v1::Record& record = *message.mutable_record();
    record.set_run_id(1);
    record.set_seq(++seq_);
    record.set_batch(*EncodeBatch(batch));
    record.set_checksum(Checksum(record.batch()));
    return message;
  }

  void CountHint(const grpc::ClientContext& context) {
    answers_.hints += context.GetServerTrailingMetadata().count(kRetryAfterTrailer);
  }

  const std::string id_;
  std::unique_ptr<v1::Device::Stub> stub_;
  std::string token_;
  uint64_t boot_ = 0;
  uint64_t run_ = 0;
  uint64_t seq_ = 0;
  uint64_t table_ = 0;
  Answers answers_;
};

int Run(const std::string& collector, const std::string& id, int seconds) {
  GreedyDevice device(collector, id);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (std::chrono::steady_clock::now() < end) device.Round();
  const Answers& answers = device.answers();
  std::printf("%s\n", Cat("{\"sessions\": ", answers.sessions,
                          ", \"sessions_postponed\": ", answers.sessions_postponed,
                          ", \"sessions_refused\": ", answers.sessions_refused,
                          ", \"committed\": ", answers.committed, ", \"retry\": ", answers.retry,
                          ", \"rejected\": ", answers.rejected, ", \"hints\": ", answers.hints, "}")
                          .c_str());
  return 0;
}

}  // namespace
}  // namespace godwit

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  return godwit::Run(argv[1], argv[2], std::atoi(argv[3]));
}
