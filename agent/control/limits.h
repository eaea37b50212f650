// The bounds of remote control.
#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "base/units.h"

namespace godwit::agent {

// Of a command that comes in; a larger one is refused.
inline constexpr size_t kCommandKindBytesMax = 64;
inline constexpr size_t kCommandArgumentsMax = 16;
inline constexpr size_t kCommandArgumentBytesMax = 1024;
// A result is cut to this.
inline constexpr size_t kCommandOutputBytesMax = 16 * 1024;
// Ids that are remembered; when all of them have life left, further commands are refused.
inline constexpr size_t kJournalEntriesMax = 64;
// A journal that is longer is written anew.
inline constexpr ByteCount kJournalBytesMax = ByteCount{2} << 20;
// Commands that wait for their turn; the collector sends what is beyond again.
inline constexpr size_t kCommandsWaitingMax = 64;
// Nothing is kept for longer, whatever the collector says.
inline constexpr absl::Duration kCommandLifeMax = absl::Hours(24 * 30);
// A command that has not ended by then has failed.
inline constexpr absl::Duration kCommandDeadline = absl::Minutes(1);
inline constexpr absl::Duration kReportDeadline = absl::Seconds(20);
// A report that failed is tried again, while the session is open.
inline constexpr absl::Duration kReportAgain = absl::Seconds(5);

static_assert(kJournalEntriesMax * (kCommandOutputBytesMax + kCommandKindBytesMax + 64) <
                  kJournalBytesMax,
              "a journal that was just written is shorter than its bound");

}  // namespace godwit::agent
