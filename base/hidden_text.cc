#include "base/hidden_text.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <vector>

#include "base/mutex.h"

namespace godwit {
namespace {

struct HiddenText {
  std::string text;
  std::string shown;
  uint64_t registered = 0;  // the larger, the later
};

struct HiddenTexts {
  Mutex mutex;
  std::vector<HiddenText> longest_first ABSL_GUARDED_BY(mutex);
  uint64_t registrations ABSL_GUARDED_BY(mutex) = 0;
  std::atomic<bool> any = false;  // written under the mutex
};

// Never destroyed: threads that nobody waits for may log at the very end.
HiddenTexts& All() {
  static auto* const all = new HiddenTexts;
  return *all;
}

}  // namespace

void HideText(std::string_view text, std::string_view shown) {
  if (text.size() < kHiddenTextBytesMin) return;
  HiddenTexts& all = All();
  const MutexLock lock(all.mutex);
  std::vector<HiddenText>& texts = all.longest_first;
  std::erase_if(texts, [text](const HiddenText& hidden) { return hidden.text == text; });
  if (texts.size() == kHiddenTextsMax) {
    texts.erase(std::min_element(texts.begin(), texts.end(), [](const auto& a, const auto& b) {
      return a.registered < b.registered;
    }));
  }
  const auto shorter = std::find_if(texts.begin(), texts.end(), [text](const HiddenText& hidden) {
    return hidden.text.size() < text.size();
  });
  texts.insert(shorter, {std::string(text), std::string(shown), ++all.registrations});
  all.any = true;
}

std::string WithHiddenTexts(std::string_view message) {
  std::string out(message);
  HiddenTexts& all = All();
  if (!all.any) return out;
  const MutexLock lock(all.mutex);
  for (const HiddenText& hidden : all.longest_first) {
    for (size_t at = out.find(hidden.text); at != std::string::npos;
         at = out.find(hidden.text, at + hidden.shown.size())) {
      out.replace(at, hidden.text.size(), hidden.shown);
    }
  }
  return out;
}

}  // namespace godwit
