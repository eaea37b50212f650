#include "collector/fleet/page_builder.h"

#include <cstdint>
#include <utility>
#include <variant>

#include "collector/limits.h"

namespace godwit::collector {
namespace {

constexpr size_t kSampleBytes = 24;  // the most a number takes on the wire, its tags included

}  // namespace

void Describe(const Series& series, v1::SeriesDefinition& definition) {
  definition.set_name(series.name);
  definition.set_unit(series.unit);
  definition.set_kind(std::string(KindName(series.kind)));
  for (const auto& [key, value] : series.attributes) {
    v1::Attribute& attribute = *definition.add_attributes();
    attribute.set_key(key);
    attribute.set_value(value);
  }
}

void PageBuilder::Add(uint32_t series, int64_t time_unix_ns, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) return;
  if (described_.size() <= series) described_.resize(series + 1);
  if (!described_[series]) {
    described_[series] = true;
    v1::SeriesDefinition& definition = *page_.add_series();
    definition.set_number(series);
    Describe(selection_.SeriesAt(series), definition);
    bytes_ += definition.ByteSizeLong();
  }
  v1::Sample& sample = *page_.add_samples();
  sample.set_series(series);
  sample.set_time_unix_ns(time_unix_ns);
  bytes_ += kSampleBytes;
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    sample.set_integer(*integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    sample.set_number(*number);
  } else if (const auto* state = std::get_if<std::string>(&value)) {
    sample.set_state(*state);
    bytes_ += state->size();
  }
}

bool PageBuilder::full() const {
  return bytes_ >= kPageBytes || page_.samples_size() >= static_cast<int>(kPageSamplesMax);
}

v1::SamplePage PageBuilder::Take() {
  page_.set_device_id(device_id_);
  bytes_ = 0;
  return std::exchange(page_, {});
}

}  // namespace godwit::collector
