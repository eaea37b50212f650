#include "cli/order_giver.h"

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "absl/time/clock.h"
#include "base/bytes.h"
#include "base/text.h"

namespace godwit::cli {
namespace {

// A collector that is restarted is back within a second or two.
constexpr absl::Duration kPauses[] = {absl::Milliseconds(300), absl::Seconds(1), absl::Seconds(3)};

std::string NewId() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) Put(id, uint32_t{random()});
  return id;
}

bool IsLost(const Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

Status Unsure(const Status& status, std::string_view command) {
  return Error(status.code(), Cat(Message(status),
                                  "; it is not known whether the order was given; see: ", command));
}

// `give` makes one call. A collector that cannot be reached is found before anything is given.
template <typename Response, typename Give>
StatusOr<Response> GiveSurely(FleetClient& client, std::string_view command, const Give& give) {
  const auto reached = client.GetStatus();
  if (IsLost(reached.status())) return reached.status();
  StatusOr<Response> answer = give();
  for (const absl::Duration pause : kPauses) {
    if (!IsLost(answer.status())) return answer;
    absl::SleepFor(pause);
    // It may be another collector by now, of an earlier version.
    const auto again = client.GetStatus();
    if (again.ok() && !again->knows_order_ids()) break;
    if (again.ok()) answer = give();
  }
  if (!IsLost(answer.status())) return answer;
  return Unsure(answer.status(), command);
}

}  // namespace

StatusOr<v1::SendCommandResponse> GiveCommand(FleetClient& client, v1::SendCommandRequest request) {
  request.set_command_id(NewId());
  return GiveSurely<v1::SendCommandResponse>(client, "godwit command ls",
                                             [&] { return client.SendCommand(request); });
}

StatusOr<v1::PushRevisionResponse> GivePush(FleetClient& client, v1::PushRevisionRequest request) {
  request.set_push_id(NewId());
  return GiveSurely<v1::PushRevisionResponse>(client, "godwit config ls",
                                              [&] { return client.PushRevision(request); });
}

StatusOr<v1::AcknowledgeAlertsResponse> GiveAcknowledgement(
    FleetClient& client, const v1::AcknowledgeAlertsRequest& request) {
  return GiveSurely<v1::AcknowledgeAlertsResponse>(
      client, "godwit alert ls", [&] { return client.AcknowledgeAlerts(request); });
}

}  // namespace godwit::cli
