// Fills pages of samples for operators: sends the definition of each series once a stream, and
// keeps pages within their bounds.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "codec/series.h"
#include "codec/value.h"
#include "collector/fleet/selection.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

void Describe(const Series& series, v1::SeriesDefinition& definition);

// Query-confined.
class PageBuilder {
 public:
  PageBuilder(std::string device_id, const Selection& selection)
      : device_id_(std::move(device_id)), selection_(selection) {}

  // Adds a sample of the series with this number in the selection. Null is no sample.
  void Add(uint32_t series, int64_t time_unix_ns, const Value& value);

  bool full() const;
  bool empty() const { return page_.samples_size() == 0; }
  v1::SamplePage Take();

 private:
  const std::string device_id_;
  const Selection& selection_;
  std::vector<bool> described_;  // by number
  v1::SamplePage page_;
  size_t bytes_ = 0;
};

}  // namespace godwit::collector
