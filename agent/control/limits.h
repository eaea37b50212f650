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
// Of an issuer's name, as it is logged; more is cut off.
inline constexpr size_t kIssuerBytesMax = 128;
// A result is cut to this.
inline constexpr size_t kCommandOutputBytesMax = 16 * 1024;
// Ids that are remembered; when all of them have life left, further commands are refused.
inline constexpr size_t kJournalEntriesMax = 1024;
// Of outputs that no collector has yet; when there are more, further commands are refused. What a
// collector has is cut to the second.
inline constexpr size_t kJournalOutputsMax = 1024 * 1024;
inline constexpr size_t kReportedOutputBytesMax = 128;
// A journal that is longer is written anew.
inline constexpr ByteCount kJournalBytesMax = ByteCount{2} << 20;
// Commands that wait for their turn; the collector sends what is beyond again.
inline constexpr size_t kCommandsWaitingMax = 64;
// Refusals that wait to be reported; the collector sends the commands of those beyond again.
inline constexpr size_t kRefusalsWaitingMax = 64;
// Restarts by command, and within what time: beyond, they are refused.
inline constexpr size_t kRestartsMax = 6;
inline constexpr absl::Duration kRestartsPeriod = absl::Hours(1);
// Nothing is kept for longer, whatever the collector says.
inline constexpr absl::Duration kCommandLifeMax = absl::Hours(24 * 30);
// A command that has not ended by then has failed.
inline constexpr absl::Duration kCommandDeadline = absl::Minutes(1);
inline constexpr absl::Duration kReportDeadline = absl::Seconds(20);
// A report that failed is tried again, while the session is open.
inline constexpr absl::Duration kReportAgain = absl::Seconds(5);

// The agent's log, followed from afar.
inline constexpr size_t kLogFollowersMax = 4;
inline constexpr size_t kLogLinesWaitingMax = 256;
inline constexpr absl::Duration kLogReportPeriod = absl::Milliseconds(200);

// Configurations.
inline constexpr size_t kRevisionBytesMax = 64 * 1024;
inline constexpr size_t kRevisionReasonBytesMax = 16 * 1024;
// Offers that have ended, and are remembered so that they are not tried again.
inline constexpr size_t kEndedOffersMax = 32;
// The device's own files, which are kept beside a trial; with more there is no trial. Together with
// three revisions they fit the bound of what is read back.
inline constexpr size_t kKeptFilesMax = 1024;
inline constexpr size_t kKeptFilesBytesMax = 512 * 1024;
// Trials of one offer that tell nothing.
inline constexpr int kTriesMax = 3;
// Starts in a row that end within kSoundAfter and without a committed batch, and the configuration
// is taken back.
inline constexpr int kShortStartsMax = 3;
inline constexpr absl::Duration kSoundAfter = absl::Minutes(10);
// A trial is looked at so often.
inline constexpr absl::Duration kTrialCheckInterval = absl::Milliseconds(500);
// Of the time that a trial may take, it is watched at least one part of so many before it is
// proved: what floods or starves does so within seconds, and a batch may be committed sooner.
inline constexpr int kWatchShare = 3;
// A proof that failed is begun again after so long.
inline constexpr absl::Duration kProveAgain = absl::Seconds(2);
inline constexpr absl::Duration kFetchDeadline = absl::Seconds(20);
// Bytes that a trial may append to the spool: at least so many, and at least this part of its
// bound.
inline constexpr ByteCount kTrialBytesMin = ByteCount{1} << 20;
inline constexpr ByteCount kTrialSpoolShare = 16;

static_assert(kJournalEntriesMax * (kReportedOutputBytesMax + kCommandKindBytesMax + 64) +
                      kJournalOutputsMax + kCommandOutputBytesMax <
                  kJournalBytesMax,
              "a journal that was just written is shorter than its bound");

}  // namespace godwit::agent
