#include "bench/load_device.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "bench/made_records.h"

namespace godwit::bench {

EncodedTables EncodedOf(const std::vector<Table>& tables) {
  EncodedTables encoded;
  for (const Table& table : tables) encoded.emplace_back(TableIdOf(table), EncodeTable(table));
  return encoded;
}

LoadDevice::LoadDevice(const std::string& collector, std::string id, RunId run)
    : id_(std::move(id)), run_(run) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  // How long an attempt to connect may take: an emulated machine needs some time.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  stub_ = v1::Device::NewStub(
      grpc::CreateCustomChannel(collector, grpc::InsecureChannelCredentials(), arguments));
}

bool LoadDevice::Open(const EncodedTables& tables, Seq last_seq) {
  v1::OpenSessionRequest request;
  request.set_device_id(id_);
  request.set_device_name(id_);
  request.set_boot_id(BootId(kBootIdSize, 'b'));
  request.set_wall_synchronised(true);
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(run_);
  run.set_last_seq(last_seq);
  if (last_seq > 0) {
    v1::SeqRange& held = *run.add_held();
    held.set_first(1);
    held.set_last(last_seq);
  }
  for (const auto& [table, encoded] : tables) request.add_table_ids(table);
  v1::OpenSessionResponse response;
  grpc::ClientContext context;
  // Somebody must wait for the connection, or nobody makes it.
  context.set_wait_for_ready(true);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
  if (!stub_->OpenSession(&context, request, &response).ok()) return false;
  token_ = response.session_token();
  unknown_.clear();
  for (const std::string& unknown : response.unknown_table_ids()) {
    for (const auto& [table, encoded] : tables) {
      if (table == unknown) unknown_.emplace_back(table, encoded);
    }
  }
  return true;
}

std::map<Seq, v1::Verdict> LoadDevice::Upload(
    const std::vector<std::pair<Seq, const std::string*>>& batches) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::UploadMetricsResponse response;
  const auto writer = stub_->UploadMetrics(&context, &response);
  v1::UploadMetricsRequest message;
  message.mutable_start()->set_session_token(token_);
  bool ok = writer->Write(message);
  for (const auto& [table, encoded] : unknown_) {
    message.Clear();
    v1::Table& sent = *message.add_tables();
    sent.set_table_id(table);
    sent.set_encoded(encoded);
    ok = ok && writer->Write(message);
  }
  message.Clear();
  for (const auto& [seq, batch] : batches) {
    *message.mutable_record() = RecordOf(run_, seq, *batch);
    ok = ok && writer->Write(message);
  }
  writer->WritesDone();
  std::map<Seq, v1::Verdict> verdicts;
  if (!writer->Finish().ok()) return verdicts;
  unknown_.clear();
  for (const v1::RecordVerdict& verdict : response.verdicts()) {
    for (Seq seq = verdict.seqs().first(); seq <= verdict.seqs().last(); ++seq) {
      verdicts[seq] = verdict.verdict();
    }
  }
  return verdicts;
}

}  // namespace godwit::bench
