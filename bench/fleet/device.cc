#include "bench/fleet/device.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "agent/uplink/retry_policy.h"
#include "base/text.h"
#include "bench/fleet/device_calls.h"
#include "bench/fleet/device_id.h"

namespace godwit::bench {
namespace {

using agent::CallResult;
using agent::NextStep;

// What gRPC grants an attempt of an agent to connect, handshake included
// (agent/uplink/grpc/channel.cc: GRPC_ARG_MIN_RECONNECT_BACKOFF_MS).
constexpr double kAttemptSeconds = 5;
constexpr absl::Duration kAttemptCheck = absl::Milliseconds(250);
// By then gRPC has a socket, however busy this process is.
constexpr double kSocketSeconds = 1.5;

// As many settings and sensors as an agent reports.
void FillReport(v1::DeviceReport& report) {
  report.set_spool_bytes(1 << 20);
  report.set_spool_bytes_max(64 << 20);
  report.set_disk("ok");
  report.set_wall_source("kernel");
  report.set_wall_synchronised(true);
  for (int i = 0; i < 20; ++i) {
    v1::Setting& setting = *report.add_settings();
    setting.set_name(Cat("section.setting-", i));
    setting.set_value("a value");
    setting.set_origin("default");
  }
  for (int i = 0; i < 6; ++i) {
    v1::SensorState& sensor = *report.mutable_sensors()->add_sensors();
    sensor.set_name(Cat("system/sensor-", i));
    sensor.set_state("good");
  }
}

v1::OpenSessionRequest RequestOf(const std::string& id, uint64_t number, Seq settled, Seq made) {
  v1::OpenSessionRequest request;
  request.set_device_id(id);
  request.set_device_name(Cat("pump-", number));
  request.set_agent_version(GODWIT_VERSION);
  request.set_boot_id(BootId(kBootIdSize, 'b'));
  request.set_wall_synchronised(true);
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(number + 1);
  run.set_last_seq(made);
  if (made > settled) {
    v1::SeqRange& held = *run.add_held();
    held.set_first(settled + 1);
    held.set_last(made);
  }
  v1::Label& label = *request.add_labels();
  label.set_key("site");
  label.set_value(Cat("plant-", number % 40));
  FillReport(*request.mutable_report());
  return request;
}

}  // namespace

Device::Device(uint64_t number, const std::string& endpoint,
               const std::shared_ptr<grpc::ChannelCredentials>& credentials,
               Dependencies dependencies)
    : number_(number),
      id_(DeviceId(number)),
      deps_(dependencies),
      connection_(endpoint, credentials),
      stub_(v1::Device::NewStub(connection_.channel())) {}

Device::~Device() = default;

void Device::Start(absl::Duration spread) {
  deps_.loop.After(UniformDuration(deps_.random.Next(), spread), [this] { Open(); });
  deps_.loop.After(UniformDuration(deps_.random.Next(), deps_.period), [this] { Sample(); });
}

bool Device::has_session() const {
  return session_ != nullptr && !session_->token.empty();
}

void Device::Open() {
  session_ = std::make_shared<Session>();
  connection_.Dial();
  v1::OpenSessionRequest request = RequestOf(id_, number_, settled_, made_);
  request.add_table_ids(deps_.records.table().table_id());
  Ask<v1::OpenSessionRequest, v1::OpenSessionResponse>(
      &v1::Device::Stub::AsyncOpenSession, request,
      [this](const CallResult& result, const v1::OpenSessionResponse& response) {
        OnOpened(result, response);
      });
  WatchAttempt(session_, Loop::Now());
}

void Device::WatchAttempt(const std::shared_ptr<Session>& session, double since) {
  deps_.loop.After(kAttemptCheck, [this, session, since] {
    if (session != session_ || connection_.IsReady()) return;
    const double lasts = Loop::Now() - since;
    if (lasts < kAttemptSeconds && !(lasts > kSocketSeconds && connection_.HasFailed())) {
      return WatchAttempt(session, since);
    }
    Fail({.status = Error(StatusCode::kUnavailable, "no connection")});
  });
}

void Device::OnOpened(const CallResult& result, const v1::OpenSessionResponse& response) {
  if (!result.status.ok()) return Fail(result);
  session_->token = response.session_token();
  session_->opened_at = Loop::Now();
  ++deps_.tally.sessions;
  for (const v1::SettledRun& run : response.settled()) {
    if (run.run_id() != number_ + 1) continue;
    for (const v1::SeqRange& range : run.settled()) {
      if (range.first() <= settled_ + 1) settled_ = std::max<Seq>(settled_, range.last());
    }
  }
  table_known_ = response.unknown_table_ids().empty();
  Listen();
  Upload();
}

// The agent's rules (agent/uplink/retry_schedule.cc), as far as they apply to a device without a
// disk.
absl::Duration Device::NextWait(const CallResult& result, bool had_session) {
  const absl::Duration backoff = backoff_.Next(deps_.random.Next());
  const bool sent_away = absl::IsUnavailable(result.status) && result.retry_after;
  if (!had_session || !(result.closed_by_peer || sent_away)) {
    return agent::WaitAfter(result, backoff);
  }
  const absl::Duration spread =
      result.retry_after ? agent::BoundedHint(*result.retry_after) : agent::kReturnSpread;
  const absl::Duration wait = UniformDuration(deps_.random.Next(), spread);
  return result.retry_after ? std::max(wait, backoff) : wait;
}

void Device::Fail(const CallResult& result) {
  const std::shared_ptr<Session> failed = std::exchange(session_, nullptr);
  for (grpc::ClientContext* const call : failed->calls) call->TryCancel();
  if (failed->token.empty()) connection_.Abort();
  uploading_ = false;
  link_lost_.reset();
  ++deps_.tally.failures[absl::StatusCodeToString(result.status.code())];
  if (agent::NextStepAfter(result) == NextStep::kReopenNow &&
      !std::exchange(reopened_at_once_, true)) {
    return Open();
  }
  const bool had_session = !failed->token.empty();
  if (had_session &&
      Loop::Now() - failed->opened_at >= absl::ToDoubleSeconds(agent::kSessionWorthwhile)) {
    backoff_.Reset();
  }
  deps_.loop.After(NextWait(result, had_session), [this] { Open(); });
}

}  // namespace godwit::bench
