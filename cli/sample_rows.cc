#include "cli/sample_rows.h"

#include <charconv>
#include <cmath>

#include "base/text.h"
#include "base/units.h"
#include "codec/series.h"

namespace godwit::cli {
namespace {

// A value as the formats want it: JSON has no NaN and no infinities, so those are strings.
Cell ValueCell(const v1::Sample& sample) {
  switch (sample.value_case()) {
    case v1::Sample::kInteger:
      return sample.integer();
    case v1::Sample::kState:
      return sample.state();
    case v1::Sample::kNumber:
      if (std::isnan(sample.number())) return "NaN";
      if (std::isinf(sample.number())) return sample.number() > 0 ? "Infinity" : "-Infinity";
      return sample.number();
    case v1::Sample::VALUE_NOT_SET:
      break;
  }
  return "";
}

std::vector<std::pair<std::string, Cell>> SampleFields(const std::string& device,
                                                       const KnownSeries& series,
                                                       const v1::Sample& sample) {
  return {{"device", device},
          {"series", series.definition.name()},
          {"attributes", series.attributes},
          {"unit", series.definition.unit()},
          {"kind", series.definition.kind()},
          {"time_unix_ns", sample.time_unix_ns()},
          {"value", ValueCell(sample)}};
}

}  // namespace

std::string AgeText(int64_t time_unix_ns, absl::Time now) {
  if (time_unix_ns == 0) return "never";
  const absl::Duration age = now - absl::FromUnixNanos(time_unix_ns);
  if (age < absl::ZeroDuration()) return "in the future";
  const absl::Duration unit = age < absl::Minutes(1) ? absl::Milliseconds(100)
                              : age < absl::Hours(1) ? absl::Seconds(1)
                                                     : absl::Minutes(1);
  return DurationText(absl::Trunc(age, unit)) + " ago";
}

std::string TimeText(int64_t time_unix_ns) {
  if (time_unix_ns == 0) return "-";
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixNanos(time_unix_ns),
                          absl::UTCTimeZone());
}

std::string NumberText(double number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
  return std::string(buffer, end);
}

std::string ValueText(const v1::Sample& sample) {
  switch (sample.value_case()) {
    case v1::Sample::kInteger:
      return std::to_string(sample.integer());
    case v1::Sample::kState:
      return sample.state();
    case v1::Sample::kNumber:
      return NumberText(sample.number());
    case v1::Sample::VALUE_NOT_SET:
      break;
  }
  return "";
}

KnownSeries Know(const v1::SeriesDefinition& definition) {
  KnownSeries known{.definition = definition};
  for (const v1::Attribute& attribute : definition.attributes()) {
    known.attributes[attribute.key()] = attribute.value();
  }
  known.text = SeriesText({.name = definition.name(), .attributes = known.attributes});
  return known;
}

bool SampleWriter::operator()(const v1::SamplePage& page) {
  for (const v1::SeriesDefinition& definition : page.series()) {
    series_[definition.number()] = Know(definition);
  }
  for (const v1::Sample& sample : page.samples()) {
    const auto series = series_.find(sample.series());
    if (series == series_.end()) {
      status_ = Error(StatusCode::kDataLoss,
                      "the collector sent a sample of a series that it did not name");
      return false;
    }
    Row row{.fields = SampleFields(page.device_id(), series->second, sample)};
    if (writer_.format() == Format::kTable) row.cells = cells_(series->second, sample);
    if (!writer_.Write(row)) {
      status_ = OutputClosed();
      return false;
    }
    ++samples_;
  }
  return true;
}

Status SampleWriter::End(const Status& call) {
  GODWIT_RETURN_IF_ERROR(status_);
  GODWIT_RETURN_IF_ERROR(call);
  return writer_.End() ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
