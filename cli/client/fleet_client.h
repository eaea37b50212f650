// Service Fleet as blocking calls: each streams its answer to a callback, a page at a time, so
// memory is the same however long it is. Thread-compatible.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::cli {

class FleetClient {
 public:
  // "host:port". Plaintext, so only on loopback unless `insecure`.
  [[nodiscard]] static StatusOr<std::unique_ptr<FleetClient>> Connect(const std::string& collector,
                                                                      bool insecure);
  ~FleetClient();

  // A callback that returns false ends the call.
  using OnDevice = std::function<bool(const v1::DeviceSummary&)>;
  using OnPage = std::function<bool(const v1::SamplePage&)>;
  using OnGaps = std::function<bool(const v1::ListGapsResponse&)>;
  [[nodiscard]] Status ListDevices(const OnDevice& on_device);
  [[nodiscard]] Status GetLatest(const v1::GetLatestRequest& request, const OnPage& on_page);
  [[nodiscard]] Status Export(const v1::ExportRequest& request, const OnPage& on_page);
  [[nodiscard]] Status ListGaps(const v1::ListGapsRequest& request, const OnGaps& on_gaps);

 private:
  struct Stub;
  FleetClient(std::unique_ptr<Stub> stub, std::string collector);
  std::unique_ptr<Stub> stub_;  // hides grpcpp
  const std::string collector_;
};

}  // namespace godwit::cli
