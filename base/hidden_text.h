// Hides texts that settings took from the environment or from a file by ${…}. Such a text may be a
// secret, and messages travel far: to the log, the journal, operators' terminals and the collector.
// They show the name that the settings use instead: "open ${METER}: no such file".
//
// Message (base/status.h) and Log hide the registered texts, and with them everything that is made
// of a Status or logged. Thread-safe. Entries outlive their settings, because a message may come
// late.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace godwit {

// The shortest text that is hidden, in bytes. A shorter one would be found in every other word.
inline constexpr size_t kHiddenTextBytesMin = 4;
// The most texts that are hidden. Beyond it the text registered the longest ago is forgotten;
// loading settings again registers their texts again.
inline constexpr size_t kHiddenTextsMax = 1024;

// Registers `text`: from now on messages show `shown`, such as "${METER_TOKEN}", instead of it. A
// text that is registered again gets the new `shown`. Ignores a text shorter than
// kHiddenTextBytesMin.
void HideText(std::string_view text, std::string_view shown);

// Returns `message` with every registered text replaced, the longest first.
std::string WithHiddenTexts(std::string_view message);

}  // namespace godwit
