// Computed values. `count` is the number of the tick, so a lost or doubled sample shows at once;
// `sine` is a smooth gauge with a period of 60 ticks; `square` changes its state every 10 ticks.
#include <cmath>
#include <cstdint>
#include <memory>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/sensors/factories.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr uint64_t kSinePeriodTicks = 60;
constexpr uint64_t kSquareHalfTicks = 10;

struct Shape {
  const char* name;
  const char* unit;
  Kind kind;
};

Shape ShapeOf(PatternShape shape) {
  switch (shape) {
    case PatternShape::kCount:
      return {"count", "{tick}", Kind::kCounter};
    case PatternShape::kSine:
      return {"sine", "1", Kind::kGauge};
    case PatternShape::kSquare:
      return {"square", "", Kind::kState};
  }
  return {};
}

Value ValueAt(PatternShape shape, uint64_t tick, size_t index) {
  switch (shape) {
    case PatternShape::kCount:
      return static_cast<int64_t>(tick);
    case PatternShape::kSine: {
      const double turns =
          static_cast<double>((tick + index) % kSinePeriodTicks) / kSinePeriodTicks;
      return std::sin(2 * std::numbers::pi * turns);
    }
    case PatternShape::kSquare:
      return tick / kSquareHalfTicks % 2 == 0 ? "low" : "high";
  }
  return {};
}

class PatternSensor final : public Sensor {
 public:
  explicit PatternSensor(const PatternOptions& options) : shape_(options.shape) {
    const Shape shape = ShapeOf(shape_);
    Table table;
    for (uint32_t i = 0; i < options.series; ++i) {
      if (table.series.size() == kTableSeriesMax) {
        groups_.push_back(std::move(table));
        table = {};
      }
      Series series{.name = Cat("godwit.pattern.", shape.name),
                    .unit = shape.unit,
                    .kind = shape.kind,
                    .attributes = options.attributes,
                    .resolution = options.resolution};
      series.attributes["index"] = std::to_string(i);
      table.series.push_back(std::move(series));
    }
    groups_.push_back(std::move(table));
  }

  const std::vector<Table>& groups() const override { return groups_; }

  Status Read(const Tick& tick, Readings& readings) override {
    size_t index = 0;
    for (auto& values : readings) {
      for (Value& value : values) value = ValueAt(shape_, tick.number, index++);
    }
    return absl::OkStatus();
  }

 private:
  PatternShape shape_;
  std::vector<Table> groups_;
};

}  // namespace

StatusOr<std::unique_ptr<Sensor>> MakePatternSensor(const PatternOptions& options) {
  if (options.series == 0 || options.series > kDeviceSeriesMax) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("series: from 1 to ", kDeviceSeriesMax, " are allowed"));
  }
  return std::make_unique<PatternSensor>(options);
}

}  // namespace godwit::agent
