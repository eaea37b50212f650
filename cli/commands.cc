#include "cli/commands.h"

#include <cstdio>

#include "base/text.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

constexpr size_t kShortIdDigits = 12;

// "spool full: 12, unaccounted: 3"
std::string GapReasons(const v1::DeviceSummary& device) {
  std::string text;
  for (const v1::GapReason& gap : device.gap_reasons()) {
    text += Cat(text.empty() ? "" : ", ", gap.reason(), ": ", gap.records());
  }
  return text;
}

// "cloned (2): runs … both follow …; conflict (1): …"
std::string AlertText(const v1::DeviceSummary& device) {
  std::string text;
  for (const v1::Alert& alert : device.alerts()) {
    text += Cat(text.empty() ? "" : "; ", alert.kind(), " (", alert.count(), "): ", alert.detail());
  }
  return text;
}

std::string AlertKinds(const v1::DeviceSummary& device) {
  std::string text;
  for (const v1::Alert& alert : device.alerts()) {
    text += Cat(text.empty() ? "" : ", ", alert.kind());
  }
  return text.empty() ? "-" : text;
}

// Both kinds of gap have all fields: a row of a CSV file is like any other.
Row TickGapRow(const v1::TickGap& gap) {
  const bool known = gap.ticks() > 0;
  return {.fields = {{"kind", "ticks"},
                     {"reason", gap.reason()},
                     {"group", gap.group()},
                     {"after_unix_ns", gap.after_unix_ns()},
                     {"before_unix_ns", gap.before_unix_ns()},
                     {"ticks", gap.ticks()},
                     {"known", known},
                     {"estimated", gap.estimated()},
                     {"run", ""},
                     {"first_seq", uint64_t{0}},
                     {"last_seq", uint64_t{0}}},
          .cells = {TimeText(gap.after_unix_ns()), TimeText(gap.before_unix_ns()),
                    known ? Cat(gap.estimated() ? "about " : "", gap.ticks(), " ticks") : "unknown",
                    gap.reason(), gap.group()}};
}

Row RecordGapRow(const v1::RecordGap& gap) {
  return {.fields = {{"kind", "records"},
                     {"reason", gap.reason()},
                     {"group", ""},
                     {"after_unix_ns", int64_t{0}},
                     {"before_unix_ns", int64_t{0}},
                     {"ticks", uint64_t{0}},
                     {"known", false},
                     {"estimated", false},
                     {"run", Hex(gap.run_id())},
                     {"first_seq", gap.first_seq()},
                     {"last_seq", gap.last_seq()}},
          .cells = {
              "-", "-", Cat(gap.last_seq() - gap.first_seq() + 1, " records"), gap.reason(),
              Cat("run ", Hex(gap.run_id()), ", seqs ", gap.first_seq(), " to ", gap.last_seq())}};
}

}  // namespace

Status DeviceLs(FleetClient& client, Format format, absl::Time now) {
  RowWriter writer(
      stdout, format,
      {"NAME", "ID", "SEEN", "RECORDS", "SAMPLES", "GAPS", "CLOCK", "VERSION", "ALERTS"}, true);
  GODWIT_RETURN_IF_ERROR(client.ListDevices([&](const v1::DeviceSummary& device) {
    return writer.Write(
        {.fields = {{"device", device.device_id()},
                    {"name", device.name()},
                    {"version", device.agent_version()},
                    {"last_seen_unix_ns", device.last_seen_unix_ns()},
                    {"wall_synchronised", device.wall_synchronised()},
                    {"runs", device.runs()},
                    {"records", device.records()},
                    {"samples", device.samples()},
                    {"duplicates", device.duplicates()},
                    {"gap_records", device.gap_records()},
                    {"gap_reasons", GapReasons(device)},
                    {"unclean_runs", device.unclean_runs()},
                    {"alerts", AlertText(device)}},
         .cells = {device.name(), device.device_id().substr(0, kShortIdDigits),
                   AgeText(device.last_seen_unix_ns(), now), std::to_string(device.records()),
                   std::to_string(device.samples()), std::to_string(device.gap_records()),
                   device.wall_synchronised() ? "synchronised" : "unsynchronised",
                   device.agent_version(), AlertKinds(device)}});
  }));
  if (writer.End()) return absl::OkStatus();
  return OutputClosed();
}

Status Latest(FleetClient& client, Format format, const SampleSelection& selection,
              absl::Time now) {
  v1::GetLatestRequest request;
  request.set_device(selection.device);
  request.set_series_glob(selection.glob);
  RowWriter writer(stdout, format, {"SERIES", "VALUE", "UNIT", "AGE"}, true);
  SampleWriter samples(writer, [&](const KnownSeries& series, const v1::Sample& sample) {
    return std::vector<std::string>{series.text, ValueText(sample), series.definition.unit(),
                                    AgeText(sample.time_unix_ns(), now)};
  });
  return samples.End(client.GetLatest(request, std::ref(samples)));
}

Status Export(FleetClient& client, Format format, const SampleSelection& selection,
              absl::Time now) {
  v1::ExportRequest request;
  request.set_device(selection.device);
  request.set_series_glob(selection.glob);
  if (selection.since != absl::InfiniteDuration()) {
    request.set_since_unix_ns(absl::ToUnixNanos(now - selection.since));
  }
  RowWriter writer(stdout, format, {}, false);
  SampleWriter samples(writer, [](const KnownSeries& series, const v1::Sample& sample) {
    return std::vector<std::string>{TimeText(sample.time_unix_ns()), series.text,
                                    ValueText(sample)};
  });
  return samples.End(client.Export(request, std::ref(samples)));
}

Status Gaps(FleetClient& client, Format format, const SampleSelection& selection, absl::Time) {
  v1::ListGapsRequest request;
  request.set_device(selection.device);
  RowWriter writer(stdout, format, {"AFTER", "BEFORE", "MISSING", "REASON", "OF"}, true);
  bool written = true;
  bool any = false;
  GODWIT_RETURN_IF_ERROR(client.ListGaps(request, [&](const v1::ListGapsResponse& page) {
    any = true;
    for (const v1::RecordGap& gap : page.records()) {
      written = written && writer.Write(RecordGapRow(gap));
    }
    for (const v1::TickGap& gap : page.ticks()) {
      written = written && writer.Write(TickGapRow(gap));
    }
    return written;
  }));
  if (!any && format == Format::kTable) {
    std::puts("nothing is missing");
    return absl::OkStatus();
  }
  if (writer.End() && written) return absl::OkStatus();
  return OutputClosed();
}

}  // namespace godwit::cli
