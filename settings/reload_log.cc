#include "settings/reload_log.h"

#include <string>
#include <string_view>

#include "absl/strings/str_split.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit {

void LogReloadRefusal(const Status& status) {
  LogError("reload: refused; the settings stay as they were:");
  const std::string text = Message(status);
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    LogError(Cat("reload: ", std::string_view(line.data(), line.size())));
  }
}

}  // namespace godwit
