// system.memory.* from /proc/meminfo (proc(5)), which counts in KiB. used = MemTotal -
// MemAvailable.
#include <charconv>
#include <map>

#include "agent/sensors/system_part.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr int64_t kKibibyte = 1024;

Series Usage(const char* state) {
  return {.name = "system.memory.usage",
          .unit = "By",
          .kind = Kind::kUpDown,
          .attributes = {{"system.memory.state", state}}};
}

class MemoryPart final : public SystemPart {
 public:
  explicit MemoryPart(std::unique_ptr<SensorFile> meminfo) : meminfo_(std::move(meminfo)) {
    table_.series = {
        Usage("used"),
        Usage("free"),
        Usage("cached"),
        Usage("buffers"),
        {.name = "system.memory.limit", .unit = "By", .kind = Kind::kUpDown, .attributes = {}},
        {.name = "system.memory.linux.available",
         .unit = "By",
         .kind = Kind::kUpDown,
         .attributes = {}}};
  }

  const Table& table() const override { return table_; }

  Status Read(std::vector<Value>& values) override {
    GODWIT_ASSIGN_OR_RETURN(const std::string_view text, meminfo_->Read());
    for (const char* field : {"MemTotal", "MemFree", "MemAvailable", "Buffers", "Cached"}) {
      if (!Find(text, field, fields_[field])) {
        return Error(StatusCode::kDataLoss, Cat("/proc/meminfo: no '", field, "'"));
      }
    }
    const int64_t total = fields_["MemTotal"];
    const int64_t available = fields_["MemAvailable"];
    values = {total - available, fields_["MemFree"], fields_["Cached"], fields_["Buffers"], total,
              available};
    return absl::OkStatus();
  }

 private:
  static bool Find(std::string_view text, std::string_view field, int64_t& bytes) {
    while (!text.empty()) {
      const size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (!line.starts_with(field) || line.substr(field.size(), 1) != ":") continue;
      line.remove_prefix(field.size() + 1);
      std::string_view word;
      int64_t kibibytes = 0;
      if (!TakeWord(line, word) ||
          std::from_chars(word.data(), word.data() + word.size(), kibibytes).ec != std::errc{}) {
        return false;
      }
      bytes = kibibytes * kKibibyte;
      return true;
    }
    return false;
  }

  std::unique_ptr<SensorFile> meminfo_;
  Table table_;
  std::map<std::string_view, int64_t> fields_;
};

}  // namespace

StatusOr<std::unique_ptr<SystemPart>> MakeMemoryPart(SensorInput& input) {
  GODWIT_ASSIGN_OR_RETURN(auto meminfo, input.Open("/proc/meminfo"));
  return std::make_unique<MemoryPart>(std::move(meminfo));
}

}  // namespace godwit::agent
