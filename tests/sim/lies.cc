#include "tests/sim/lies.h"

#include <limits>

namespace godwit::sim {
namespace {

constexpr uint64_t kStatusCodes = 16;  // of gRPC, besides OK

}  // namespace

void Lies::TwistStatus(agent::CallResult& result) {
  if (!Now()) return;
  result.status = Error(static_cast<StatusCode>(1 + scheduler_.Draw() % kStatusCodes), "a lie");
  Count("a status of any kind");
  if (!scheduler_.Chance(300)) return;
  result.retry_after = absl::Seconds(1 + scheduler_.Draw() % 300);
  Count("a hint");
  if (!boldly_) return;
  result.retry_after = scheduler_.Chance(500) ? absl::ZeroDuration() : absl::Hours(1000);
  Count("a hint of nothing, or of weeks");
}

std::optional<agent::CallResult> Lies::Refusal() {
  if (!commands_end_ && !Now()) return std::nullopt;
  Count("a command stream refused");
  if (commands_end_) return commands_end_;
  return agent::CallResult{.status = Error(StatusCode::kInternal, "a lie")};
}

void Lies::Twist(agent::CallResult& result, v1::OpenSessionResponse& response) {
  if (about_session_) return about_session_(result, response);
  TwistStatus(result);
  if (!result.status.ok() || !Now()) return;
  if (boldly_ && scheduler_.Chance(500)) return ClaimTooMuch(response);
  switch (scheduler_.Draw() % 6) {
    case 0:
      response.set_collector_version("of another version");
      return Count("another version");
    case 1:
      response.add_unknown_table_ids(std::string(16, 'x'));
      response.add_unknown_table_ids("no table id");
      return Count("tables that nobody has");
    case 2:
      response.set_stream_records_max(1 + scheduler_.Draw() % 3);
      response.set_stream_bytes_max(1);
      return Count("streams of next to nothing");
    case 3:
      response.set_session_token("no token of this collector");
      return Count("a token that is none");
    case 4:
      response.clear_store_id();
      return Count("no store id");
    default:
      response.set_wall_time_unix_ns(std::numeric_limits<int64_t>::min());
      response.set_messages_join(!response.messages_join());
      return Count("a time that is none");
  }
}

void Lies::ClaimTooMuch(v1::OpenSessionResponse& response) {
  for (v1::SettledRun& run : *response.mutable_settled()) {
    v1::SeqRange& range = *run.add_settled();
    range.set_first(1);
    range.set_last(std::numeric_limits<uint64_t>::max());
  }
  Count("settled ranges without end");
}

void Lies::Twist(agent::CallResult& result, v1::UploadMetricsResponse& response) {
  TwistStatus(result);
  if (!result.status.ok() || !Now()) return;
  // A verdict of a run and records that nobody sent in this stream.
  v1::RecordVerdict& verdict = *response.add_verdicts();
  verdict.set_run_id(scheduler_.Draw());
  verdict.mutable_seqs()->set_first(scheduler_.Chance(500) ? 1 : scheduler_.Draw());
  verdict.mutable_seqs()->set_last(std::numeric_limits<uint64_t>::max());
  verdict.set_verdict(static_cast<v1::Verdict>(scheduler_.Draw() % 7));
  Count("verdicts of what was not sent");
  // And none of something that was.
  if (response.verdicts_size() > 1 && scheduler_.Chance(500)) {
    response.mutable_verdicts()->DeleteSubrange(0, 1);
    Count("no verdict of what was sent");
  }
}

}  // namespace godwit::sim
