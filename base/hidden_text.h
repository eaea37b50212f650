// Texts that messages do not show: what settings took from the environment or from a file by ${…}.
// It may be a secret, and messages travel far: to the log, the journal, operators' terminals and
// the collector. In its place they show how the settings name it: "open ${METER}: no such file".
//
// Message (base/status.h) and Log hide what was registered, so whatever is made of a Status, or is
// logged, hides it. Thread-safe. Entries outlive their settings: a message may come late.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace godwit {

// A shorter text is not hidden: it would be found in every other word.
inline constexpr size_t kHiddenTextBytesMin = 4;
// Beyond, the one that was registered the longest ago is forgotten: settings that are loaded again
// register theirs again.
inline constexpr size_t kHiddenTextsMax = 1024;

// From now on messages show `shown`, such as "${METER_TOKEN}", where they have `text`.
void HideText(std::string_view text, std::string_view shown);

// Returns `message` with every registered text replaced, the longest first.
std::string WithHiddenTexts(std::string_view message);

}  // namespace godwit
