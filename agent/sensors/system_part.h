// A part of the system sensor: one kernel file, one group.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "codec/table.h"
#include "codec/value.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

class SystemPart {
 public:
  virtual ~SystemPart() = default;
  virtual const Table& table() const = 0;
  // As many values as the table has series.
  [[nodiscard]] virtual Status Read(std::vector<Value>& values) = 0;
};

using MakeSystemPart = StatusOr<std::unique_ptr<SystemPart>> (*)(SensorInput& input);

StatusOr<std::unique_ptr<SystemPart>> MakeCpuPart(SensorInput& input);
StatusOr<std::unique_ptr<SystemPart>> MakeLoadPart(SensorInput& input);
StatusOr<std::unique_ptr<SystemPart>> MakeMemoryPart(SensorInput& input);

// Takes the next word (separated by blanks) off `text`; false at the end.
bool TakeWord(std::string_view& text, std::string_view& word);

}  // namespace godwit::agent
