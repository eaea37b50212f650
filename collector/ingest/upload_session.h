// One UploadMetrics stream, from its token to its verdicts.
//
// Invariants
//   - Every record gets exactly one verdict, and "committed" only after the commit was durable.
//   - At most kStreamUncommittedMax records wait for their commit; then reading stops.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collector/ingest/ingest.h"
#include "collector/ingest/stream.h"
#include "collector/store/store.h"

namespace godwit::collector {

// Ingest-confined.
class UploadSession final : public UploadSink {
 public:
  UploadSession(Ingest& ingest, UploadPeer& peer);
  ~UploadSession() override;

  void Open() override;
  void Message(v1::UploadMetricsRequest message) override;
  void HalfClose() override;
  void Cancel() override;

  // As after a half-close: answers once what was submitted is committed.
  void EndEarly();

 private:
  void OnStart(const v1::UploadStart& start);
  void OnTable(const v1::Table& table);
  void OnRecord(const v1::Record& record);
  Writer::Delivered WhenDelivered(std::function<void(const StatusOr<Outcome>&)> done);
  void OnDelivered(const RecordName& name, const StatusOr<Outcome>& outcome);
  void Judge(const RecordName& name, v1::Verdict verdict, std::string_view reason);
  void Continue();
  void Finish(const CallEnd& end);

  Ingest& ingest_;
  UploadPeer* peer_;                    // null once finished
  std::string device_id_;               // empty before the first message
  std::optional<DeviceReport> report_;  // until the first record
  std::vector<IncomingTable> tables_;   // go with the next record
  size_t tables_seen_ = 0;
  size_t records_seen_ = 0;
  size_t uncommitted_ = 0;
  bool reading_ = false;
  bool half_closed_ = false;
  v1::UploadMetricsResponse response_;
  // Callbacks of the writer hold it weakly: the session may be gone when they come.
  std::shared_ptr<UploadSession*> self_ = std::make_shared<UploadSession*>(this);
};

}  // namespace godwit::collector
