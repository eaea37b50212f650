#include "tests/sim/seed_messages.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace godwit::sim {
namespace {

class FieldWriter {
 public:
  void Put(std::string_view bytes) { out_ += Cat(bytes.size(), ":", bytes); }
  void Put(uint64_t number) { Put(std::string_view(std::to_string(number))); }
  void Put(absl::Duration duration) {
    Put(std::string_view(std::to_string(absl::ToInt64Nanoseconds(duration))));
  }
  void Put(const StruckFault& fault) {
    Put(fault.number);
    Put(fault.at);
    Put(std::string_view(fault.name));
  }
  void Put(const std::map<std::string, uint64_t>& counts) {
    Put(uint64_t{counts.size()});
    for (const auto& [name, times] : counts) {
      Put(std::string_view(name));
      Put(times);
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

template <typename Number>
Number ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  GODWIT_CHECK(error == std::errc() && end == text.data() + text.size());
  return number;
}

class FieldReader {
 public:
  explicit FieldReader(std::string_view rest) : rest_(rest) {}

  // Returns nothing when the field is incomplete.
  std::optional<std::string_view> TryTake() {
    const size_t colon = rest_.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto size = ParseNumber<size_t>(rest_.substr(0, colon));
    if (rest_.size() - colon - 1 < size) return std::nullopt;
    const std::string_view field = rest_.substr(colon + 1, size);
    rest_.remove_prefix(colon + 1 + size);
    return field;
  }

  std::string_view Text() {
    const auto field = TryTake();
    GODWIT_CHECK(field.has_value());
    return *field;
  }
  uint64_t Number() { return ParseNumber<uint64_t>(Text()); }
  absl::Duration Duration() { return absl::Nanoseconds(ParseNumber<int64_t>(Text())); }
  StruckFault Fault() {
    StruckFault fault;
    fault.number = Number();
    fault.at = Duration();
    fault.name = Text();
    return fault;
  }
  std::map<std::string, uint64_t> Counts() {
    std::map<std::string, uint64_t> counts;
    for (uint64_t left = Number(); left > 0; --left) {
      const std::string name(Text());
      counts[name] = Number();
    }
    return counts;
  }

  size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

std::string EncodeFields(const SeedStarted& started) {
  FieldWriter fields;
  fields.Put(started.seed);
  return fields.Take();
}

std::string EncodeFields(const StruckFault& fault) {
  FieldWriter fields;
  fields.Put(fault);
  return fields.Take();
}

std::string EncodeFields(const SeedResult& result) {
  FieldWriter fields;
  fields.Put(std::string_view(result.violations));
  fields.Put(uint64_t{result.struck.size()});
  for (const StruckFault& fault : result.struck) fields.Put(fault);
  fields.Put(result.faults);
  fields.Put(result.states);
  fields.Put(result.history);
  fields.Put(result.simulated);
  fields.Put(result.device_time);
  return fields.Take();
}

SeedResult DecodeResult(FieldReader fields) {
  SeedResult result;
  result.violations = fields.Text();
  for (uint64_t left = fields.Number(); left > 0; --left) result.struck.push_back(fields.Fault());
  result.faults = fields.Counts();
  result.states = fields.Counts();
  result.history = fields.Number();
  result.simulated = fields.Duration();
  result.device_time = fields.Duration();
  return result;
}

}  // namespace

std::string Encode(const SeedMessage& message) {
  FieldWriter body;
  body.Put(uint64_t{message.index()});
  body.Put(std::string_view(
      std::visit([](const auto& content) { return EncodeFields(content); }, message)));
  FieldWriter whole;
  whole.Put(std::string_view(body.Take()));
  return whole.Take();
}

std::optional<SeedMessage> TakeMessage(std::string& received) {
  FieldReader reader(received);
  const auto body = reader.TryTake();
  if (!body) return std::nullopt;
  FieldReader parts(*body);
  const uint64_t kind = parts.Number();
  FieldReader fields(parts.Text());
  SeedMessage message;
  if (kind == 0) {
    message = SeedStarted{fields.Number()};
  } else if (kind == 1) {
    message = fields.Fault();
  } else {
    message = DecodeResult(fields);
  }
  received.erase(0, received.size() - reader.left());
  return message;
}

}  // namespace godwit::sim
