// Defines the bounds of remote control.
#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "base/units.h"

namespace godwit::agent {

// The largest kind, the most arguments and the largest argument of a command; a larger command is
// refused.
inline constexpr size_t kCommandKindBytesMax = 64;
inline constexpr size_t kCommandArgumentsMax = 16;
inline constexpr size_t kCommandArgumentBytesMax = 1024;
// The most bytes of an issuer's name in the log; more is cut off.
inline constexpr size_t kIssuerBytesMax = 128;
// The largest result of a command, in bytes; a larger one is cut.
inline constexpr size_t kCommandOutputBytesMax = 16 * 1024;
// The most ids that are remembered. When none of them has expired, further commands are refused.
inline constexpr size_t kJournalEntriesMax = 1024;
// The most bytes of outputs that no collector has yet; beyond it further commands are refused. The
// second is what remains of an output that a collector has.
inline constexpr size_t kJournalOutputsMax = 1024 * 1024;
inline constexpr size_t kReportedOutputBytesMax = 128;
// The size at which a journal is rewritten.
inline constexpr ByteCount kJournalBytesMax = ByteCount{2} << 20;
// The most commands that wait for their turn; the collector sends further ones again.
inline constexpr size_t kCommandsWaitingMax = 64;
// The most refusals that wait to be reported; the collector sends the commands of further ones
// again.
inline constexpr size_t kRefusalsWaitingMax = 64;
// The most restarts by command within the period; further ones are refused.
inline constexpr size_t kRestartsMax = 6;
inline constexpr absl::Duration kRestartsPeriod = absl::Hours(1);
// The longest that anything is kept, whatever the collector asks for.
inline constexpr absl::Duration kCommandLifeMax = absl::Hours(24 * 30);
// The time-out of a command: one that has not ended by then has failed.
inline constexpr absl::Duration kCommandDeadline = absl::Minutes(1);
inline constexpr absl::Duration kReportDeadline = absl::Seconds(20);
// The retry interval of reports, while the session is open.
inline constexpr absl::Duration kReportAgain = absl::Seconds(5);

// The bounds of log following.
inline constexpr size_t kLogFollowersMax = 4;
inline constexpr size_t kLogLinesWaitingMax = 256;
inline constexpr absl::Duration kLogReportPeriod = absl::Milliseconds(200);

// The bounds of configurations.
inline constexpr size_t kRevisionBytesMax = 64 * 1024;
inline constexpr size_t kRevisionReasonBytesMax = 16 * 1024;
// The number of ended offers that are remembered, so that they are not tried again.
inline constexpr size_t kEndedOffersMax = 32;
// The most files and bytes of the device's own settings that are kept beside a trial; with more
// there is no trial. Together with three revisions they fit the bound of what is read back.
inline constexpr size_t kKeptFilesMax = 1024;
inline constexpr size_t kKeptFilesBytesMax = 512 * 1024;
// The most inconclusive trials of one offer.
inline constexpr int kTriesMax = 3;
// The number of consecutive starts, each without a committed batch and ended within kSoundAfter,
// after which the configuration is rolled back.
inline constexpr int kShortStartsMax = 3;
inline constexpr absl::Duration kSoundAfter = absl::Minutes(10);
// Interval of the checks of a trial.
inline constexpr absl::Duration kTrialCheckInterval = absl::Milliseconds(500);
// The share of a trial's time, one part of so many, for which it is watched before it is proved:
// what floods or starves does so within seconds, and a batch may be committed sooner.
inline constexpr int kWatchShare = 3;
// The retry interval of a failed proof.
inline constexpr absl::Duration kProveAgain = absl::Seconds(2);
inline constexpr absl::Duration kFetchDeadline = absl::Seconds(20);
// The bytes that a trial may append to the spool: at least the first, and at least this part of the
// spool's bound.
inline constexpr ByteCount kTrialBytesMin = ByteCount{1} << 20;
inline constexpr ByteCount kTrialSpoolShare = 16;

static_assert(kJournalEntriesMax * (kReportedOutputBytesMax + kCommandKindBytesMax + 64) +
                      kJournalOutputsMax + kCommandOutputBytesMax <
                  kJournalBytesMax,
              "a journal that was just written is shorter than its bound");

}  // namespace godwit::agent
