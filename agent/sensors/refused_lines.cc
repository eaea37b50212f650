#include "agent/sensors/refused_lines.h"

#include <utility>

#include "base/foreign_text.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr size_t kNamedMax = 3;
constexpr size_t kLineBytesMax = 60;
constexpr size_t kReasonBytesMax = 160;

}  // namespace

void RefusedLines::Add(std::string_view line, std::string_view reason) {
  ++total_;
  ++count_;
  if (named_.size() == kNamedMax) return;
  named_.push_back(
      Cat("'", ForeignText(line, kLineBytesMax), "' (", ForeignText(reason, kReasonBytesMax), ")"));
}

Status RefusedLines::Take() {
  const uint64_t count = std::exchange(count_, 0);
  const std::vector<std::string> named = std::exchange(named_, {});
  if (count == 0) return absl::OkStatus();
  std::string text = Cat(count, count == 1 ? " line refused: " : " lines refused: ");
  for (size_t i = 0; i < named.size(); ++i) text += Cat(i == 0 ? "" : ", ", named[i]);
  if (count > named.size()) text += " …";
  return Error(StatusCode::kInvalidArgument, text);
}

}  // namespace godwit::agent
