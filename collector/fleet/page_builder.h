// Fills pages of samples for operators: gives each series a number once a stream and keeps pages
// under their bounds.
#pragma once

#include <map>
#include <string>

#include "codec/batch.h"
#include "codec/series.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Query-confined.
class PageBuilder {
 public:
  explicit PageBuilder(std::string device_id) : device_id_(std::move(device_id)) {}

  void Add(const Series& series, int64_t time_unix_ns, const Value& value);

  bool full() const;
  bool empty() const { return page_.samples_size() == 0; }
  v1::SamplePage Take();

 private:
  uint32_t NumberOf(const Series& series);

  const std::string device_id_;
  std::map<Series, uint32_t> numbers_;
  v1::SamplePage page_;
  size_t bytes_ = 0;
};

}  // namespace godwit::collector
