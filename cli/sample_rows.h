// Samples as rows: what a page of them says, for people and for programs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "cli/output.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::cli {

// "1.5s ago"; "never" for 0.
std::string AgeText(int64_t time_unix_ns, absl::Time now);
// In UTC, to the millisecond; "-" for 0.
std::string TimeText(int64_t time_unix_ns);
// The shortest text that reads back as the same double.
std::string NumberText(double number);
std::string ValueText(const v1::Sample& sample);

struct KnownSeries {
  v1::SeriesDefinition definition;
  std::map<std::string, std::string> attributes;
  std::string text;
};
KnownSeries Know(const v1::SeriesDefinition& definition);

// Writes each sample of a stream of pages, as `cells` shows it to people. Thread-compatible.
class SampleWriter {
 public:
  using Cells = std::function<std::vector<std::string>(const KnownSeries&, const v1::Sample&)>;
  SampleWriter(RowWriter& writer, Cells cells) : writer_(writer), cells_(std::move(cells)) {}

  // False to end the stream.
  bool operator()(const v1::SamplePage& page);
  // After the call that brought the pages, with its result. Says why a stream was ended.
  [[nodiscard]] Status End(const Status& call);
  uint64_t samples() const { return samples_; }

 private:
  RowWriter& writer_;
  Cells cells_;
  std::map<uint32_t, KnownSeries> series_;  // by the stream's numbers
  uint64_t samples_ = 0;
  Status status_;
};

}  // namespace godwit::cli
