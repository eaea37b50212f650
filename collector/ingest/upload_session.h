// One UploadMetrics stream, from its token to its verdicts.
//
// Invariants
//   - Every record gets exactly one verdict, and "committed" only after the commit was durable.
//   - At most kStreamUncommittedMax records wait for their commit; then reading stops.
//   - One message is decoded at a time, and nothing is read meanwhile: tables and records reach the
//     writer in the order in which they came.
//   - All that it keeps is charged to the ReceivedBudget until it is decided or dropped.
//   - It ends by kUploadLifeMax, with what tables it holds and a message that never gets whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collector/ingest/ingest.h"
#include "collector/ingest/stream.h"
#include "collector/store/store.h"

namespace godwit::collector {

// An upload stream. Ingest-confined. Work under way keeps it alive, even if its stream has gone.
class UploadSession final : public std::enable_shared_from_this<UploadSession> {
 public:
  UploadSession(Ingest& ingest, UploadPeer& peer, Caller caller);

  // See UploadSink.
  void Open();
  void Message(v1::UploadMetricsRequest message);
  void HalfClose();
  void Cancel();
  // Handles that the peer has gone. What was received is committed nevertheless.
  void Abandon();

  // Ends it as after a half-close: answers once submitted records are committed.
  void EndEarly();
  // Ends it to make room; the device retries.
  void EndBusy(const std::string& counted_as, std::string_view why);

  const std::string& device_id() const { return device_id_; }
  // Returns the bytes that wait for the next record; 0 while a message is decoded, which may be
  // that record.
  size_t waiting_bytes() const { return decoding_ ? 0 : waiting_bytes_; }

 private:
  struct Received;

  void OnStart(const v1::UploadStart& start);
  void OnTable();
  void OnRecord();
  void Decode(v1::UploadMetricsRequest message);
  void OnDecoded(Received& received);
  void OnAdmitted(const RecordName& name, StatusOr<IncomingRecord> record);
  void OnDelivered(const RecordName& name, const StatusOr<Outcome>& outcome);
  void Judge(const RecordName& name, v1::Verdict verdict, std::string_view reason);
  void HoldForRecord(size_t bytes);
  void ReleaseWaiting();
  void Continue();
  void StopWaiting();
  void Finish(const CallEnd& end);

  Ingest& ingest_;
  UploadPeer* peer_;  // null once finished or gone
  const Caller caller_;
  std::string device_id_;               // empty before the first message
  std::optional<DeviceReport> report_;  // until the first record
  std::vector<IncomingTable> tables_;   // go with the next record
  size_t waiting_bytes_ = 0;            // of report and tables
  size_t tables_seen_ = 0;
  size_t records_seen_ = 0;
  size_t uncommitted_ = 0;
  size_t last_message_bytes_ = 0;
  uint64_t wait_ = 0;  // its number in the budget's queue
  bool reading_ = false;
  bool decoding_ = false;
  bool half_closed_ = false;
  std::optional<DeviceBound> postponed_by_;  // ends the stream
  std::unique_ptr<Timer> life_;              // kUploadLifeMax
  v1::UploadMetricsResponse response_;
};

// The side of the stream that the transport holds. Ingest-confined.
class UploadStream final : public UploadSink {
 public:
  explicit UploadStream(std::shared_ptr<UploadSession> session) : session_(std::move(session)) {}
  ~UploadStream() override { session_->Abandon(); }

  void Open() override { session_->Open(); }
  void Message(v1::UploadMetricsRequest message) override { session_->Message(std::move(message)); }
  void HalfClose() override { session_->HalfClose(); }
  void Cancel() override { session_->Cancel(); }

 private:
  const std::shared_ptr<UploadSession> session_;
};

}  // namespace godwit::collector
