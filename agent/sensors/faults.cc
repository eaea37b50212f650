#include "agent/sensors/faults.h"

#include "base/foreign_text.h"
#include "base/text.h"

namespace godwit::agent {

void Faults::Add(const Status& status) {
  if (status.ok()) return;
  if (named_count_ < kFaultsNamedMax) {
    Name(status.code(), ForeignText(Message(status), kFaultBytesMax));
    ++named_count_;
  }
  ++count_;
}

void Faults::Add(const Faults& others) {
  if (others.empty()) return;
  if (named_count_ + others.named_count_ <= kFaultsNamedMax) {
    Name(others.code_, others.named_);
    named_count_ += others.named_count_;
  }
  count_ += others.count_;
}

void Faults::Name(StatusCode code, std::string_view text) {
  if (named_.empty()) {
    code_ = code;
    named_ = text;
  } else {
    named_ += Cat("; ", text);
  }
}

Status Faults::ToStatus() const {
  if (empty()) return absl::OkStatus();
  if (count_ == named_count_) return Error(code_, named_);
  return Error(code_, Cat(named_, "; and ", count_ - named_count_, " more"));
}

}  // namespace godwit::agent
