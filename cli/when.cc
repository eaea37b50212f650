#include "cli/when.h"

#include "base/text.h"
#include "base/units.h"

namespace godwit::cli {

StatusOr<absl::Time> ParseWhen(const std::string& text, absl::Time now, const std::string& what) {
  if (text == "now") return now;
  absl::Time time;
  std::string ignored;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &ignored)) return time;
  if (absl::ParseTime("%Y-%m-%d", text, absl::UTCTimeZone(), &time, &ignored)) return time;
  const auto duration = ParseDuration(text);
  if (duration.ok()) return now - *duration;
  return Error(StatusCode::kInvalidArgument,
               Cat(what, ": '", text, "' is neither a duration such as 1h nor a time such as ",
                   "2026-05-01T12:00:00Z"));
}

}  // namespace godwit::cli
