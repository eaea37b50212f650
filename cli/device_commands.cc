// Commands about devices.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/counted.h"
#include "base/sensor_counters.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/alert_text.h"
#include "cli/commands.h"
#include "cli/device_names.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

// A device that has been silent for this long is shown as silent.
constexpr absl::Duration kSilentAfter = absl::Minutes(15);

// "spool full: 12, unaccounted: 3"
std::string GapReasons(const v1::DeviceSummary& device) {
  std::string text;
  for (const v1::GapReason& gap : device.gap_reasons()) {
    text += Cat(text.empty() ? "" : ", ", gap.reason(), ": ", gap.records());
  }
  return text;
}

// Coarse: "4h", "12d".
std::string Coarse(absl::Duration duration) {
  if (duration < absl::ZeroDuration()) return "0s";
  const absl::Duration unit = duration < absl::Minutes(1)  ? absl::Seconds(1)
                              : duration < absl::Hours(1)  ? absl::Minutes(1)
                              : duration < absl::Hours(48) ? absl::Hours(1)
                                                           : absl::Hours(24);
  const auto whole = absl::ToInt64Seconds(absl::Trunc(duration, unit));
  const auto per = absl::ToInt64Seconds(unit);
  const char* name = per == 1 ? "s" : per == 60 ? "m" : per == 3600 ? "h" : "d";
  return Cat(whole / per, name);
}

std::string LagText(const v1::DeviceSummary& device, absl::Time now) {
  if (device.newest_sample_unix_ns() == 0) return "-";
  return Coarse(now - absl::FromUnixNanos(device.newest_sample_unix_ns()));
}

std::string SpoolText(const v1::DeviceSummary& device) {
  if (!device.has_report() || device.report().spool_bytes_max() == 0) return "-";
  const double part = static_cast<double>(device.report().spool_bytes()) /
                      static_cast<double>(device.report().spool_bytes_max());
  char text[16];
  std::snprintf(text, sizeof(text), part < 0.1 ? "%.1f%%" : "%.0f%%", part * 100);
  return text;
}

// How long the rest of the spool lasts as batches come now.
std::string FullIn(const v1::DeviceSummary& device) {
  const v1::DeviceReport& report = device.report();
  if (!device.has_report() || report.spool_bytes_per_day() == 0) return "-";
  if (report.spool_bytes() >= report.spool_bytes_max()) return "full";
  const double days = static_cast<double>(report.spool_bytes_max() - report.spool_bytes()) /
                      static_cast<double>(report.spool_bytes_per_day());
  return days > 3650 ? ">10y" : Coarse(absl::Hours(24) * days);
}

std::string SeenText(const v1::DeviceSummary& device, absl::Time now) {
  return device.connected() ? "connected" : AgeText(device.last_seen_unix_ns(), now);
}

// "synchronised, source: kernel"; an older agent names no source.
std::string ClockText(const v1::DeviceSummary& device) {
  const std::string& source = device.report().wall_source();
  return Cat(device.wall_synchronised() ? "synchronised" : "unsynchronised",
             source.empty() ? "" : Cat(", source: ", source));
}

bool IsSilent(const v1::DeviceSummary& device, absl::Time now) {
  return !device.connected() &&
         now - absl::FromUnixNanos(device.last_seen_unix_ns()) > kSilentAfter;
}

std::vector<std::pair<std::string, Cell>> SummaryFields(const v1::DeviceSummary& device) {
  const v1::DeviceReport& report = device.report();
  return {{"device", device.device_id()},
          {"name", device.name()},
          {"version", device.agent_version()},
          {"connected", device.connected()},
          {"last_seen_unix_ns", device.last_seen_unix_ns()},
          {"newest_sample_unix_ns", device.newest_sample_unix_ns()},
          {"wall_synchronised", device.wall_synchronised()},
          {"wall_source", report.wall_source()},
          {"spool_bytes", report.spool_bytes()},
          {"spool_bytes_max", report.spool_bytes_max()},
          {"spool_bytes_per_day", report.spool_bytes_per_day()},
          {"waiting_records", report.waiting_records()},
          {"disk", report.disk()},
          {"copies_aside", report.quarantined_copies()},
          {"reported_unix_ns", device.reported_unix_ns()},
          {"missing_ticks_24h", device.missing_ticks_24h()},
          {"runs", device.runs()},
          {"records", device.records()},
          {"samples", device.samples()},
          {"duplicates", device.duplicates()},
          {"gap_records", device.gap_records()},
          {"gap_reasons", GapReasons(device)},
          {"unclean_runs", device.unclean_runs()},
          {"alerts", AlertTexts(device, true)},
          {"acknowledged_alerts", AlertTexts(device, false)}};
}

Row DeviceRow(const v1::DeviceSummary& device, const DeviceNames& names, absl::Time now) {
  const Tone seen = device.connected()      ? Tone::kGood
                    : IsSilent(device, now) ? Tone::kBad
                                            : Tone::kPlain;
  return {.fields = SummaryFields(device),
          .cells = {device.name(), names.ShortId(device.device_id()), SeenText(device, now),
                    LagText(device, now), SpoolText(device), FullIn(device),
                    std::to_string(device.missing_ticks_24h()),
                    device.wall_synchronised() ? "synchronised" : "unsynchronised",
                    device.agent_version(), AlertKinds(device)},
          .tones = {Tone::kPlain, Tone::kPlain, seen, Tone::kPlain, Tone::kPlain, Tone::kPlain,
                    Tone::kPlain, Tone::kPlain, Tone::kPlain,
                    HasOpenAlert(device) ? Tone::kBad : Tone::kPlain}};
}

// "NAME  value" lines of a device in full.
class Sheet {
 public:
  explicit Sheet(RowWriter& writer) : writer_(writer) {}
  void Line(const std::string& name, const std::string& value, Tone tone = Tone::kPlain) {
    ok_ = ok_ && writer_.Write({.cells = {name, value}, .tones = {Tone::kHeading, tone}});
  }
  bool ok() const { return ok_; }

 private:
  RowWriter& writer_;
  bool ok_ = true;
};

void ShowSession(const v1::GetDeviceResponse& device, absl::Time now, Sheet& sheet) {
  const v1::DeviceSummary& summary = device.summary();
  sheet.Line("name", summary.name());
  sheet.Line("id", summary.device_id());
  sheet.Line("version", summary.agent_version());
  for (const v1::Attribute& label : device.labels()) {
    sheet.Line("label", Cat(label.key(), "=", label.value()));
  }
  for (const v1::Attribute& label : device.operator_labels()) {
    sheet.Line("label", Cat(label.key(), "=", label.value(), "  # set by an operator"));
  }
  if (summary.connected()) {
    sheet.Line("session", Cat("connected since ", TimeText(device.connected_since_unix_ns())),
               Tone::kGood);
  } else {
    sheet.Line("session",
               Cat("not connected; last seen ", AgeText(summary.last_seen_unix_ns(), now)),
               IsSilent(summary, now) ? Tone::kBad : Tone::kPlain);
  }
  sheet.Line("clock", ClockText(summary));
  sheet.Line("boot", Hex(device.boot_id()));
  sheet.Line("newest sample", AgeText(summary.newest_sample_unix_ns(), now));
  sheet.Line("stored",
             Cat(Counted(summary.records(), "record"), ", ", Counted(summary.samples(), "sample"),
                 ", ", Counted(summary.duplicates(), "duplicate"), " not stored again"));
  sheet.Line("missing in 24h", Cat(Counted(summary.missing_ticks_24h(), "tick"),
                                   "; see: godwit gaps ", summary.name()));
  if (summary.gap_records() > 0) {
    sheet.Line("lost records", Cat(summary.gap_records(), " (", GapReasons(summary), ")"),
               Tone::kBad);
  }
}

void ShowReport(const v1::DeviceSummary& summary, absl::Time now, Sheet& sheet) {
  if (!summary.has_report()) return sheet.Line("spool", "not reported");
  const v1::DeviceReport& report = summary.report();
  sheet.Line("spool",
             Cat(SpoolText(summary), " of ", SizeText(report.spool_bytes_max()), ", full in ",
                 FullIn(summary), "; reported ", AgeText(summary.reported_unix_ns(), now)));
  sheet.Line("waiting", Counted(report.waiting_records(), "record"));
  sheet.Line("disk", report.disk(), report.disk() == "ok" ? Tone::kPlain : Tone::kBad);
  if (report.quarantined_copies() > 0) {
    sheet.Line("quarantine",
               Cat(Counted(report.quarantined_copies(), "record"), " that no collector accepts"),
               Tone::kBad);
  }
}

// "file/boiler  hanging: no answer within 5s (3 of 120 readings failed, 7 readings timed out)".
std::string SensorText(const v1::SensorState& sensor) {
  std::string text = Cat(sensor.name(), "  ", sensor.state());
  if (sensor.state() != "good" && !sensor.error().empty()) text += Cat(": ", sensor.error());
  text += Cat("; ", sensor.series(), " series");
  const SensorCounters counters = SensorCountersIn(sensor);
  for (const SensorCounter& counter : kSensorCounters) {
    const uint64_t number = counters.*counter.member;
    if (*counter.one == '\0' || number == 0) continue;
    text += Cat(", ", Counted(number, counter.one, counter.many));
  }
  return text;
}

void ShowSensors(const v1::DeviceReport& report, Sheet& sheet) {
  for (const v1::SensorState& sensor : report.sensors().sensors()) {
    const bool well = sensor.state() == "good" || sensor.state() == "waiting";
    const SensorCounters counters = SensorCountersIn(sensor);
    const bool whole = std::none_of(
        std::begin(kSensorCounters), std::end(kSensorCounters),
        [&](const SensorCounter& each) { return each.is_bad && counters.*each.member > 0; });
    sheet.Line("sensor", SensorText(sensor), well && whole ? Tone::kPlain : Tone::kBad);
  }
}

void ShowRest(const v1::GetDeviceResponse& device, Sheet& sheet) {
  for (const v1::Alert& alert : device.summary().alerts()) {
    sheet.Line(
        "alert",
        Cat(alert.kind(), " (", alert.count(), ", last ", TimeText(alert.last_unix_ns()),
            "): ", alert.detail(), alert.acknowledged() > 0 ? Cat("; ", StateText(alert)) : ""),
        IsOpen(alert) ? Tone::kBad : Tone::kPlain);
  }
  for (const v1::DeviceRun& run : device.runs()) {
    sheet.Line("run", Cat(Hex(run.run_id()), "  ", TimeText(run.first_unix_ns()), " to ",
                          TimeText(run.last_unix_ns()), ", ", Counted(run.records(), "record"),
                          run.gap_records() > 0 ? Cat(", ", run.gap_records(), " lost") : "",
                          run.unclean_end() ? ", cut off" : ""));
  }
  for (const v1::Setting& setting : device.summary().report().settings()) {
    sheet.Line("setting", Cat(setting.name(), " = ", setting.value(), "  # ", setting.origin()));
  }
}

Row DetailRow(const v1::GetDeviceResponse& device) {
  Row row{.fields = SummaryFields(device.summary())};
  std::map<std::string, std::string> labels;
  for (const v1::Attribute& label : device.labels()) labels[label.key()] = label.value();
  std::map<std::string, std::string> given;
  for (const v1::Attribute& label : device.operator_labels()) given[label.key()] = label.value();
  std::map<std::string, std::string> settings;
  std::map<std::string, std::string> origins;
  for (const v1::Setting& setting : device.summary().report().settings()) {
    settings[setting.name()] = setting.value();
    origins[setting.name()] = setting.origin();
  }
  std::vector<Fields> sensors;
  for (const v1::SensorState& sensor : device.summary().report().sensors().sensors()) {
    Fields fields = {{"name", sensor.name()}, {"state", sensor.state()}, {"error", sensor.error()}};
    const SensorCounters counters = SensorCountersIn(sensor);
    for (const SensorCounter& counter : kSensorCounters) {
      fields.push_back({std::string(counter.key), counters.*counter.member});
    }
    sensors.push_back(std::move(fields));
  }
  std::vector<Fields> runs;
  for (const v1::DeviceRun& run : device.runs()) {
    runs.push_back({{"run", Hex(run.run_id())},
                    {"follows", Hex(run.follows_run_id())},
                    {"records", run.records()},
                    {"first_unix_ns", run.first_unix_ns()},
                    {"last_unix_ns", run.last_unix_ns()},
                    {"gap_records", run.gap_records()},
                    {"unclean_end", run.unclean_end()}});
  }
  row.fields.emplace_back("boot", Hex(device.boot_id()));
  row.fields.emplace_back("connected_since_unix_ns", device.connected_since_unix_ns());
  row.fields.emplace_back("labels", std::move(labels));
  row.fields.emplace_back("operator_labels", std::move(given));
  row.fields.emplace_back("settings", std::move(settings));
  row.fields.emplace_back("origins", std::move(origins));
  row.fields.emplace_back("sensors", std::move(sensors));
  row.fields.emplace_back("newest_runs", std::move(runs));
  return row;
}

}  // namespace

Status DeviceLs(const Session& session, const Values&) {
  RowWriter writer(stdout, session.format,
                   {.headings = {"NAME", "ID", "SEEN", "LAG", "SPOOL", "FULL IN", "MISSING",
                                 "CLOCK", "VERSION", "ALERTS"}},
                   session.terminal);
  // What distinguishes an id from the others is known when all are there.
  DeviceNames names;
  std::vector<v1::DeviceSummary> devices;
  GODWIT_RETURN_IF_ERROR(session.client->ListDevices([&](const v1::ListDevicesResponse& page) {
    for (const v1::DeviceSummary& device : page.devices()) {
      names.Add(device.device_id(), device.name());
      devices.push_back(device);
      // An older collector sends them, and a list has no use for them.
      if (!device.has_report()) continue;
      devices.back().mutable_report()->clear_settings();
      devices.back().mutable_report()->clear_sensors();
    }
    return true;
  }));
  bool written = true;
  for (const v1::DeviceSummary& device : devices) {
    written = written && writer.Write(DeviceRow(device, names, session.now));
  }
  return writer.End() && written ? absl::OkStatus() : OutputClosed();
}

Status DeviceShow(const Session& session, const Values& values) {
  v1::GetDeviceRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::GetDeviceResponse device, session.client->GetDevice(request));
  RowWriter writer(stdout, session.format, {.single = true}, session.terminal);
  bool written = true;
  if (session.format == Format::kTable) {
    Sheet sheet(writer);
    ShowSession(device, session.now, sheet);
    ShowReport(device.summary(), session.now, sheet);
    ShowSensors(device.summary().report(), sheet);
    ShowRest(device, sheet);
    written = sheet.ok();
  } else {
    written = writer.Write(DetailRow(device));
  }
  return writer.End() && written ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
