// Writes pages of samples as rows of a table, or of JSON or CSV.
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

// Returns the age, such as "1.5s ago"; "never" for 0.
std::string AgeText(int64_t time_unix_ns, absl::Time now);
// Returns the time in UTC, to the millisecond, such as "2026-01-31T23:59:59.000Z"; "-" for 0.
std::string TimeText(int64_t time_unix_ns);
// Returns the shortest text that parses to the same double.
std::string NumberText(double number);
// Returns the value as people read it; empty for null.
std::string ValueText(const v1::Sample& sample);

// A series with its attributes as a map and its SeriesText.
struct KnownSeries {
  v1::SeriesDefinition definition;
  std::map<std::string, std::string> attributes;
  std::string text;
};
KnownSeries Know(const v1::SeriesDefinition& definition);

// Writes each sample of a stream of pages. `cells` returns the cells of a sample for the table
// format; the other formats have fixed fields. `writer` must outlive this. Thread-compatible.
class SampleWriter {
 public:
  using Cells = std::function<std::vector<std::string>(const KnownSeries&, const v1::Sample&)>;
  SampleWriter(RowWriter& writer, Cells cells) : writer_(writer), cells_(std::move(cells)) {}

  // Writes a page. Returns false if the stream must end: the output is closed, or a sample is of a
  // series that no page has defined.
  bool operator()(const v1::SamplePage& page);
  // Ends the output. Must be called last, with the status of the call that delivered the pages.
  // Returns why operator() ended the stream, else an error of `call`, else of the output.
  [[nodiscard]] Status End(const Status& call);
  // Returns the number of samples that were written.
  uint64_t samples() const { return samples_; }

 private:
  RowWriter& writer_;
  Cells cells_;
  std::map<uint32_t, KnownSeries> series_;  // by their numbers in the stream
  uint64_t samples_ = 0;
  Status status_;
};

}  // namespace godwit::cli
