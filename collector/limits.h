// Every bound of the collector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::collector {

inline constexpr ByteCount kMessageBytesMax = ByteCount{4} << 20;

// What a device may say of itself.
inline constexpr size_t kDeviceIdBytesMax = 255;
inline constexpr size_t kDeviceNameBytesMax = 255;
inline constexpr size_t kDeviceLabelsMax = 32;
inline constexpr size_t kSessionRunsMax = 4096;
inline constexpr size_t kSessionRangesMax = 4096;  // of all runs; also what an answer mentions
inline constexpr size_t kSessionTablesMax = 4096;
inline constexpr size_t kSessionLossesMax = 1024;
inline constexpr uint64_t kSeqMax =
    std::numeric_limits<int64_t>::max();  // what SQLite's integers hold

inline constexpr size_t kReportSettingsMax = 256;
inline constexpr size_t kReportTextBytesMax = 512;  // each; more is cut off
inline constexpr size_t kReportSensorsMax = 256;

// Connections taken, before TLS: some 100 handshakes a second are what two small cores do.
inline constexpr double kConnectionsPerSecond = 200;
inline constexpr double kConnectionsBurst = 400;

// What a collector that stops asks its devices to spread their return over.
inline constexpr absl::Duration kReturnWithin = absl::Seconds(10);

// Sessions of one device may overlap: a late stream of an old one is still good.
inline constexpr size_t kSessionsPerDeviceMax = 4;

// One upload stream. The agent's own bound is 64 records and 2 MiB; this one is for strangers.
inline constexpr size_t kStreamRecordsMax = 256;
inline constexpr size_t kStreamTablesMax = 256;
// Records of a stream that wait for their commit; reading stops until one is through.
inline constexpr size_t kStreamUncommittedMax = 8;

// One commit. More waits for the next.
inline constexpr size_t kCommitRecordsMax = 1024;

// Retention takes away so many records in one transaction, so that commits do not wait for it, and
// looks this often.
inline constexpr size_t kPruneRecordsMax = 256;
inline constexpr absl::Duration kPrunePeriod = absl::Minutes(1);

// Records are merged when they have been in the store for store.merge_after; an hour of values at
// most, and no more than these: 18 MB decoded, some 0.1 s of work.
inline constexpr size_t kMergeValuesMax = size_t{2} << 20;
inline constexpr size_t kMergeRecordsMax = 4096;
inline constexpr absl::Duration kMergePeriod = absl::Seconds(2);  // between two looks
// Of a slice: one series of an hour costs the decoding of so many, some 0.3 ms.
inline constexpr size_t kSliceValues = 16 * 1024;

// Commands of one device: that wait, and that are kept when they are over.
inline constexpr size_t kOpenCommandsMax = 64;
inline constexpr size_t kCommandsKept = 1000;
// Of them in one answer, which is under 4 MiB: the newest.
inline constexpr size_t kCommandsShown = 100;
inline constexpr absl::Duration kCommandLife = absl::Hours(1);  // when nobody says
inline constexpr absl::Duration kCommandLifeMax = absl::Hours(24 * 30);
inline constexpr size_t kCommandTextBytesMax =
    1024;  // of a kind, an argument, an issuer, a message
inline constexpr size_t kCommandArgumentsMax = 16;
inline constexpr size_t kCommandOutputBytesMax = 16 * 1024;

inline constexpr size_t kStoreProblemsShown = 100;

// A call older than this is dead on both sides; a device clock that agrees so well with the
// collector's is left as it is.
inline constexpr absl::Duration kOpenSessionAgeMax = absl::Seconds(20);
// Another boot of the same device that comes back after so long is no late call, but another
// machine.
inline constexpr absl::Duration kSharedIdentityAfter = absl::Seconds(60);
inline constexpr size_t kAlertDetailBytesMax = 512;
inline constexpr size_t kSetAsideMax = 1024;  // seqs in one message

// Revisions.
inline constexpr ByteCount kRevisionBytesMax = 64 * 1024;
inline constexpr size_t kRevisionReasonBytesMax = 16 * 1024;
inline constexpr size_t kOffersKept = 100;  // of one device
inline constexpr size_t kDevicesPerPush = 10'000;
inline constexpr size_t kReasonShownBytesMax = 128;  // in a list of devices

inline constexpr size_t kOperatorLabelsMax = 32;  // of one device
inline constexpr size_t kAuditKept = 100'000;
inline constexpr size_t kAuditShown = 100;  // when nobody says
inline constexpr size_t kAuditShownMax = 10'000;
inline constexpr ByteCount kAuditPageBytes = ByteCount{3} << 20;

// Logs that are followed.
inline constexpr size_t kLogFollowersMax = 64;
inline constexpr size_t kLogLinesPerReport = 1024;
inline constexpr size_t kLogLineBytesMax = 1024;
inline constexpr size_t kLogLinesWaitingMax = 1024;  // for one follower

// Answers to operators.
inline constexpr ByteCount kPageBytes = 256 * 1024;
inline constexpr size_t kPageSamplesMax = 8192;
inline constexpr size_t kDevicesPerPage = 256;
inline constexpr size_t kGapsPerPage = 512;
inline constexpr size_t kSpansPerRead = 256;
inline constexpr size_t kSeriesPerPage = 512;
inline constexpr size_t kRunsShown = 32;
inline constexpr size_t kQuerySeriesMax = 20'000;
// Decoded at one time, 9 bytes each: two hours of 500 series at 1 s.
inline constexpr size_t kQueryValuesMax = size_t{4} << 20;
// A rate's window, in steps.
inline constexpr int64_t kRateStepsMax = 1024;
// Queries under way; one more is told to come again.
inline constexpr int kQueriesMax = 16;
inline constexpr absl::Duration kTailPeriod = absl::Milliseconds(250);

// HTTP: requests without a body, answers of some kilobytes.
inline constexpr int kHttpConnectionsMax = 64;
inline constexpr uint32_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr uint32_t kHttpBodyBytesMax = 1024;
inline constexpr absl::Duration kHttpDeadline = absl::Seconds(10);

inline constexpr absl::Duration kStopDeadline = absl::Seconds(5);

static_assert(kBatchBytesMax + 1024 < kMessageBytesMax, "a record fits a message");

}  // namespace godwit::collector
