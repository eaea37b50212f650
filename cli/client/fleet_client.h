// Calls the collector's service Fleet; each call blocks until it ends. A call with `on_page` passes
// its answer to that callback a page at a time, so memory does not grow with the answer; other
// calls return the whole answer. Confined to its owner, except for Cancel.
//
// Each call has a deadline, so that it ends when the collector hangs: 30 s, 24 hours for long
// answers, 30 days for following (Tail, FollowLog). Errors: kUnavailable: no collector answers;
// kUnimplemented: the collector is too old; kDeadlineExceeded; kCancelled; others are the
// collector's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::cli {

inline constexpr char kDefaultCollector[] = "127.0.0.1:7444";

class FleetClient {
 public:
  // Makes a client of the collector at "host:port"; the first call connects. Plaintext, so
  // kInvalidArgument unless the host is loopback or `insecure` is set.
  [[nodiscard]] static StatusOr<std::unique_ptr<FleetClient>> Connect(const std::string& collector,
                                                                      bool insecure);
  ~FleetClient();

  // Handles a page. Returning false ends the call, which then returns OK.
  template <typename Page>
  using OnPage = std::function<bool(const Page&)>;
  [[nodiscard]] Status ListDevices(const OnPage<v1::ListDevicesResponse>& on_page);
  [[nodiscard]] Status GetLatest(const v1::GetLatestRequest& request,
                                 const OnPage<v1::SamplePage>& on_page);
  [[nodiscard]] Status Export(const v1::ExportRequest& request,
                              const OnPage<v1::SamplePage>& on_page);
  [[nodiscard]] Status Query(const v1::QueryRequest& request,
                             const OnPage<v1::SamplePage>& on_page);
  [[nodiscard]] Status Tail(const v1::TailRequest& request, const OnPage<v1::SamplePage>& on_page);
  [[nodiscard]] Status ListGaps(const v1::ListGapsRequest& request,
                                const OnPage<v1::ListGapsResponse>& on_page);
  [[nodiscard]] Status ListSeries(const v1::ListSeriesRequest& request,
                                  const OnPage<v1::ListSeriesResponse>& on_page);
  [[nodiscard]] StatusOr<v1::GetDeviceResponse> GetDevice(const v1::GetDeviceRequest& request);
  [[nodiscard]] StatusOr<v1::GetStatusResponse> GetStatus();
  [[nodiscard]] StatusOr<v1::SendCommandResponse> SendCommand(
      const v1::SendCommandRequest& request);
  [[nodiscard]] StatusOr<v1::GetCommandResponse> GetCommand(const v1::GetCommandRequest& request);
  [[nodiscard]] StatusOr<v1::ListCommandsResponse> ListCommands(
      const v1::ListCommandsRequest& request);
  [[nodiscard]] StatusOr<v1::PushRevisionResponse> PushRevision(
      const v1::PushRevisionRequest& request);
  [[nodiscard]] StatusOr<v1::ListConfigurationsResponse> ListConfigurations(
      const v1::ListConfigurationsRequest& request);
  [[nodiscard]] StatusOr<v1::ListOffersResponse> ListOffers(const v1::ListOffersRequest& request);
  [[nodiscard]] StatusOr<v1::GetRevisionResponse> GetRevision(
      const v1::GetRevisionRequest& request);

  [[nodiscard]] StatusOr<v1::SetLabelsResponse> SetLabels(const v1::SetLabelsRequest& request);
  [[nodiscard]] StatusOr<v1::AcknowledgeAlertsResponse> AcknowledgeAlerts(
      const v1::AcknowledgeAlertsRequest& request);
  [[nodiscard]] Status FollowLog(const v1::FollowLogRequest& request,
                                 const OnPage<v1::FollowLogResponse>& on_page);
  [[nodiscard]] StatusOr<v1::ListRefusedDevicesResponse> ListRefusedDevices();
  [[nodiscard]] StatusOr<v1::ListAuditResponse> ListAudit(const v1::ListAuditRequest& request);

  // Ends the call under way, and every later one at once, as kCancelled. Thread-safe.
  void Cancel();

 private:
  struct Stub;
  explicit FleetClient(std::unique_ptr<Stub> stub);
  std::unique_ptr<Stub> stub_;  // hides grpcpp
};

}  // namespace godwit::cli
