// Commands whose answers are samples.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/counted.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/sample_rows.h"
#include "cli/when.h"

namespace godwit::cli {
namespace {

template <typename Request>
Status SetTimes(const Session& session, const Values& values, Request& request) {
  if (values.Has("since")) {
    GODWIT_ASSIGN_OR_RETURN(const absl::Time since,
                            ParseWhen(values.Text("since"), session.now, "--since"));
    request.set_since_unix_ns(absl::ToUnixNanos(since));
  }
  if (values.Has("until")) {
    GODWIT_ASSIGN_OR_RETURN(const absl::Time until,
                            ParseWhen(values.Text("until"), session.now, "--until"));
    request.set_until_unix_ns(absl::ToUnixNanos(until));
  }
  if (request.since_unix_ns() != 0 && request.until_unix_ns() != 0 &&
      request.since_unix_ns() >= request.until_unix_ns()) {
    return Error(StatusCode::kInvalidArgument, "--until must be later than --since");
  }
  return absl::OkStatus();
}

StatusOr<int64_t> DurationNs(const Values& values, const std::string& name) {
  if (!values.Has(name)) return int64_t{0};
  auto duration = ParseDuration(values.Text(name));
  GODWIT_RETURN_IF_ERROR(Annotate(duration.status(), "--" + name));
  if (*duration <= absl::ZeroDuration()) {
    return Error(StatusCode::kInvalidArgument, Cat("--", name, ": must be more than 0"));
  }
  return absl::ToInt64Nanoseconds(*duration);
}

v1::Aggregate AggregateNamed(const std::string& name) {
  const std::map<std::string, v1::Aggregate> names = {
      {"mean", v1::AGGREGATE_MEAN}, {"min", v1::AGGREGATE_MIN},     {"max", v1::AGGREGATE_MAX},
      {"last", v1::AGGREGATE_LAST}, {"count", v1::AGGREGATE_COUNT}, {"rate", v1::AGGREGATE_RATE}};
  const auto found = names.find(name);
  return found == names.end() ? v1::AGGREGATE_UNSPECIFIED : found->second;
}

// The unit of what an aggregate makes of a series.
std::string UnitOf(const std::string& unit, v1::Aggregate aggregate) {
  if (aggregate == v1::AGGREGATE_COUNT) return "{sample}";
  if (aggregate == v1::AGGREGATE_RATE) return unit.empty() ? "1/s" : unit + "/s";
  return unit;
}

std::vector<std::string> TimedCells(const KnownSeries& series, const v1::Sample& sample) {
  return {TimeText(sample.time_unix_ns()), series.text, ValueText(sample)};
}

}  // namespace

Status Latest(const Session& session, const Values& values) {
  v1::GetLatestRequest request;
  request.set_device(values.Text("device"));
  request.set_series_glob(values.Text("glob"));
  RowWriter writer(stdout, session.format, {.headings = {"SERIES", "VALUE", "UNIT", "AGE"}},
                   session.terminal);
  SampleWriter samples(writer, [&](const KnownSeries& series, const v1::Sample& sample) {
    return std::vector<std::string>{series.text, ValueText(sample), series.definition.unit(),
                                    AgeText(sample.time_unix_ns(), session.now)};
  });
  return samples.End(session.client->GetLatest(request, std::ref(samples)));
}

Status Query(const Session& session, const Values& values) {
  v1::QueryRequest request;
  request.set_device(values.Text("device"));
  request.set_series_glob(values.Text("glob"));
  GODWIT_RETURN_IF_ERROR(SetTimes(session, values, request));
  request.set_aggregate(AggregateNamed(values.Text("agg")));
  GODWIT_ASSIGN_OR_RETURN(const int64_t step, DurationNs(values, "step"));
  GODWIT_ASSIGN_OR_RETURN(const int64_t window, DurationNs(values, "window"));
  if (step > 0 && !values.Has("agg")) {
    return Error(StatusCode::kInvalidArgument,
                 "--step needs --agg mean, min, max, last, count or rate");
  }
  request.set_step_ns(step);
  request.set_window_ns(window);
  RowWriter writer(stdout, session.format, {.headings = {"TIME", "SERIES", "VALUE", "UNIT"}},
                   session.terminal);
  SampleWriter samples(writer, [aggregate = request.aggregate()](const KnownSeries& series,
                                                                 const v1::Sample& sample) {
    std::vector<std::string> cells = TimedCells(series, sample);
    cells.push_back(UnitOf(series.definition.unit(), aggregate));
    return cells;
  });
  const Status call = session.client->Query(request, std::ref(samples));
  GODWIT_RETURN_IF_ERROR(samples.End(call));
  if (samples.samples() == 0 && session.format == Format::kTable) {
    std::fputs(request.aggregate() == v1::AGGREGATE_RATE
                   ? "godwit: a rate needs two samples in a step, and no step in that time range "
                     "has them\n"
                   : "godwit: no samples in that time range\n",
               stderr);
  }
  return absl::OkStatus();
}

Status Export(const Session& session, const Values& values) {
  v1::ExportRequest request;
  request.set_device(values.Text("device"));
  request.set_series_glob(values.Text("glob"));
  GODWIT_RETURN_IF_ERROR(SetTimes(session, values, request));
  RowWriter writer(stdout, session.format, {}, session.terminal);
  SampleWriter samples(writer, TimedCells);
  Status call;
  {
    Progress progress;
    call = session.client->Export(request, [&](const v1::SamplePage& page) {
      const bool more = samples(page);
      progress.Show(page.part(), samples.samples());
      return more;
    });
  }
  if (absl::IsCancelled(call)) {
    writer.End();
    return Error(StatusCode::kCancelled, Cat("ended after ", Counted(samples.samples(), "sample"),
                                             "; the output is incomplete"));
  }
  return samples.End(call);
}

Status Tail(const Session& session, const Values& values) {
  v1::TailRequest request;
  request.set_device(values.Text("device"));
  request.set_series_glob(values.Text("glob"));
  RowWriter writer(stdout, session.format, {}, session.terminal);
  SampleWriter samples(writer, TimedCells);
  const Status call = session.client->Tail(
      request, [&](const v1::SamplePage& page) { return samples(page) && writer.Flush(); });
  // Ctrl-C is how it ends.
  return samples.End(absl::IsCancelled(call) ? absl::OkStatus() : call);
}

}  // namespace godwit::cli
