// Defines every bound of the collector.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::collector {

inline constexpr ByteCount kMessageBytesMax = ByteCount{4} << 20;

// The most devices of a store: the directory keeps the id, name and labels of each in memory.
// Sessions of further devices are refused, with this retry hint.
inline constexpr int64_t kDevicesMax = 100'000;
inline constexpr absl::Duration kTooManyDevicesRetry = absl::Hours(1);

// The bounds of a device's identity and session.
inline constexpr size_t kDeviceIdBytesMax = 255;
inline constexpr size_t kDeviceNameBytesMax = 255;
inline constexpr size_t kDeviceLabelsMax = 32;
inline constexpr size_t kSessionRunsMax = 4096;
inline constexpr size_t kSessionRangesMax = 4096;  // of all runs; also what an answer mentions
// The most tables in a session request. Agents report at most 4,096. Agents of version 0.1 had no
// bound, and those with more than 4,096 could never open a session.
inline constexpr size_t kSessionTablesMax = 65'536;
inline constexpr size_t kSessionLossesMax = 1024;
// The bound of sequence numbers. Agents stay below 2^62; those of version 0.1 could reach it. Sums
// end at the largest integer.
inline constexpr uint64_t kSeqMax = uint64_t{1} << 62;

// Devices listed whose callers' certificates said otherwise; all fit one answer.
inline constexpr size_t kRefusedCallersMax = 2000;
inline constexpr size_t kRefusedCallerTextBytesMax = 512;  // each; more is cut off
static_assert(kRefusedCallersMax * (kDeviceIdBytesMax + 3 * kRefusedCallerTextBytesMax + 64) <
                  kMessageBytesMax,
              "the list fits a message");

inline constexpr size_t kReportSettingsMax = 256;
inline constexpr size_t kReportTextBytesMax = 512;  // each; more is cut off
inline constexpr size_t kReportSensorsMax = 256;

// The rate and the burst of accepted connections, before TLS: two small cores do some 100
// handshakes a second.
inline constexpr double kConnectionsPerSecond = 200;
inline constexpr double kConnectionsBurst = 400;

// The descriptors that the connections of a port leave free: at the limit of open files the store
// has priority, then HTTP's connections, then those of operators.
inline constexpr int kDescriptorsLeftByHttp = 16;
inline constexpr int kDescriptorsLeftByOperators = 80;
inline constexpr int kDescriptorsLeftByDevices = 128;

// The time-out for a trusted proxy's header, which is sent at once but may need a retransmission;
// and the most headers awaited: beyond it the connection that has waited longest is closed.
inline constexpr absl::Duration kProxyHeaderPatience = absl::Seconds(5);
inline constexpr size_t kProxyHeadersAwaitedMax = 1024;

// The silence after which a device is pinged, and the time-out for its answer; uploads prove the
// link before that. A dead device counts as connected for the two times together (gRPC's default: 2
// h). On a slow link the answer to a ping waits behind the record that the device is sending.
inline constexpr absl::Duration kDevicePingAfter = absl::Minutes(5);
inline constexpr absl::Duration kDevicePingTimeout = absl::Minutes(2);

// The time over which a stopping collector asks its devices to spread their return.
inline constexpr absl::Duration kReturnWithin = absl::Seconds(10);

// The most overlapping sessions of one device: a late stream of an old one is still valid.
inline constexpr size_t kSessionsPerDeviceMax = 4;

// The bounds of new tables, runs and boots of one device within a time. Beyond them the device is
// slowed, never rejected: each pause allows one call with new items, of that many at most
// (store/device_bounds.h). Agents make at most 48 tables an hour; those of version 0.1 have no
// bound. A device that was restarted for years reports 4,096 runs at once, each with the one it
// follows.
inline constexpr uint64_t kNewTablesMax = 256;
inline constexpr absl::Duration kNewTablesWithin = absl::Hours(1);
inline constexpr absl::Duration kNewTablesPause = absl::Seconds(10);
inline constexpr uint64_t kNewRunsMax = 16'384;
inline constexpr absl::Duration kNewRunsWithin = absl::Hours(24);
inline constexpr absl::Duration kNewRunsPause = absl::Minutes(1);
inline constexpr uint64_t kNewRunsSlowed = 64;
inline constexpr uint64_t kNewBootsMax = 1024;
inline constexpr absl::Duration kNewBootsWithin = absl::Hours(1);
inline constexpr absl::Duration kNewBootsPause = absl::Seconds(10);
// The bounds of the rows that account for a device's runs (settled ranges, gaps, rejected records):
// some 10 MB.
inline constexpr uint64_t kAccountRowsMax = 262'144;
inline constexpr absl::Duration kAccountRowsWithin = absl::Hours(24);
inline constexpr absl::Duration kAccountRowsPause = absl::Minutes(1);
inline constexpr uint64_t kAccountRowsSlowed = 256;
// The retry hint for a device that is over a quota of the settings, and the time without a refusal
// after which the next one raises the alert again.
inline constexpr absl::Duration kQuotaRetry = absl::Minutes(10);
inline constexpr absl::Duration kQuotaQuietAfter = absl::Hours(24);
// The largest retry hint that a device gets: agents follow an hour.
inline constexpr absl::Duration kPostponedRetryMax = absl::Hours(1);
// The most series of a device's existing tables, newest first, that are counted at once when
// limits.device_series is set; some 0.1 s.
inline constexpr uint64_t kSeriesCountedAtOnce = 131'072;

// The bounds of one upload stream. The agent's own bounds are 64 records and 2 MiB; these are for
// foreign programs.
inline constexpr size_t kStreamRecordsMax = 256;
inline constexpr size_t kStreamTablesMax = 256;
// The most records of a stream that wait for their commit; beyond it reading stops until one is
// committed.
inline constexpr size_t kStreamUncommittedMax = 8;
// The longest life of a stream. Then it gets verdicts for its records, and ends. Agents, including
// version 0.1, end an upload within 30 min, and a command stream within 66 min.
inline constexpr absl::Duration kUploadLifeMax = absl::Minutes(45);
inline constexpr absl::Duration kCommandStreamLifeMax = absl::Hours(2);

// The bounds of one commit. More waits for the next one; a single larger operation is a group of
// its own.
inline constexpr size_t kCommitOperationsMax = 1024;
inline constexpr size_t kCommitBytesMax = size_t{8} << 20;
// The time for which deliveries are gathered: pages that they share are written once. An agent
// keeps its record on its own disk until the verdict.
inline constexpr absl::Duration kGatherTime = absl::Milliseconds(500);
// The bounds of the commit queue: 32 full groups. Beyond them a call gets a retry hint.
inline constexpr size_t kQueueOperationsMax = 32 * kCommitOperationsMax;
inline constexpr size_t kQueueBytesMax = 32 * kCommitBytesMax;
// The range of the retry hint for a call that found the queue or the disk full; each gets another
// moment of it.
inline constexpr absl::Duration kBusyRetryMin = absl::Seconds(5);
inline constexpr absl::Duration kBusyRetryMax = absl::Seconds(30);

// The most records that retention removes in one transaction, so that commits do not wait for it,
// and the interval of its checks.
inline constexpr size_t kPruneRecordsMax = 256;
inline constexpr absl::Duration kPrunePeriod = absl::Minutes(1);
inline constexpr absl::Duration kPrunePeriodWhileFull = absl::Seconds(5);

// The time after which unused rows that no device has named are dropped, or store.retention.age if
// that is longer: one device at a time. Tables and boots of a device with more rows than these
// stay, because each row would have to be checked, some 75 ms.
inline constexpr absl::Duration kForgetAfter = absl::Hours(24 * 30);
inline constexpr absl::Duration kUseNotedEvery = absl::Hours(24);
inline constexpr absl::Duration kUpkeepPeriod = absl::Seconds(1);
inline constexpr absl::Duration kTidyPeriod = absl::Seconds(10);  // 8,000 devices a day
inline constexpr size_t kTidyRecordsMax = 5000;
inline constexpr size_t kTidyRunsMax = 512;
// The most records whose times are repaired in one transaction.
inline constexpr size_t kRepairRecords = 64;
// The most records that an upgrade has left to complete, in one transaction: some 20 ms.
inline constexpr size_t kFillInRecords = 1000;

// The bounds of a merged record: at most these, and an hour of values; 18 MB decoded, some 0.1 s of
// work. Records are merged when they have been in the store for store.merge_after.
inline constexpr size_t kMergeValuesMax = size_t{2} << 20;
inline constexpr size_t kMergeRecordsMax = 4096;
// The most merges in one transaction, and the bytes of their values beyond which no more are added.
inline constexpr size_t kMergeStepsMax = 32;
inline constexpr size_t kMergeGroupBytes = size_t{1} << 20;
inline constexpr absl::Duration kMergePeriod = absl::Seconds(2);  // between two checks
// The values of a slice. To read one series of an hour costs the decoding of so many, some 0.3 ms.
inline constexpr size_t kSliceValues = 16 * 1024;

// The most commands of one device that wait, and that are kept after they ended.
inline constexpr size_t kOpenCommandsMax = 64;
inline constexpr size_t kCommandsKept = 1000;
// The most commands in one answer, the newest ones; the answer is smaller than 4 MiB.
inline constexpr size_t kCommandsShown = 100;
inline constexpr absl::Duration kCommandLife = absl::Hours(1);  // by default
inline constexpr absl::Duration kCommandLifeMax = absl::Hours(24 * 30);
inline constexpr size_t kCommandTextBytesMax =
    1024;  // of a kind, an argument, an issuer, a message
inline constexpr size_t kCommandArgumentsMax = 16;
inline constexpr size_t kCommandOutputBytesMax = 16 * 1024;

inline constexpr size_t kStoreProblemsShown = 100;
// The size to which the write-ahead log of a collector may grow while `store verify` or `store
// backup` holds a snapshot beside it.
inline constexpr ByteCount kSnapshotLogBytesMax = ByteCount{1} << 30;
// The share of a disk that is kept free by default.
inline constexpr double kReserveFree = 0.05;

// The age from which on a call is dead on both sides. A device clock that agrees with the
// collector's within this is not corrected.
inline constexpr absl::Duration kOpenSessionAgeMax = absl::Seconds(20);
// The time after which a return of another boot of the same device is not a late call, but another
// machine.
inline constexpr absl::Duration kSharedIdentityAfter = absl::Seconds(60);
inline constexpr size_t kAlertDetailBytesMax = 512;
inline constexpr size_t kAlertKindsMax = 64;     // in one acknowledgement
inline constexpr size_t kQuarantinedMax = 1024;  // records in one message

// The bounds of revisions.
inline constexpr ByteCount kRevisionBytesMax = 64 * 1024;
inline constexpr size_t kRevisionReasonBytesMax = 16 * 1024;
inline constexpr size_t kOffersKept = 100;  // of one device
inline constexpr size_t kDevicesPerPush = 10'000;
inline constexpr size_t kReasonShownBytesMax = 128;  // in a list of devices

inline constexpr size_t kOperatorLabelsMax = 32;  // of one device
inline constexpr size_t kAuditKept = 100'000;
inline constexpr size_t kAuditShown = 100;  // by default
inline constexpr size_t kAuditShownMax = 10'000;
inline constexpr ByteCount kAuditPageBytes = ByteCount{3} << 20;
// The most bytes of configurations in an answer of one message; more need pages.
inline constexpr ByteCount kConfigurationsBytesMax = ByteCount{3} << 20;

// The bounds of log following.
inline constexpr int kLogFollowersMax = 64;
inline constexpr size_t kLogLinesPerReport = 1024;
inline constexpr size_t kLogLineBytesMax = 1024;
inline constexpr size_t kLogLinesWaitingMax = 1024;  // for one follower

// The bounds of answers to operators.
inline constexpr ByteCount kPageBytes = 256 * 1024;
inline constexpr size_t kPageSamplesMax = 8192;
inline constexpr size_t kDevicesPerPage = 256;
// The most summaries of devices in memory, some 1 kB each; those of further devices are read when
// needed.
inline constexpr size_t kSummariesKept = 20'000;
inline constexpr absl::Duration kSummaryAgeMax = absl::Minutes(1);
inline constexpr size_t kGapReasonsShown = 32;  // of one device
inline constexpr size_t kGapsPerPage = 512;
// The time since it was last seen after which a disconnected device counts as silent: the samples
// of that time are missing.
inline constexpr absl::Duration kSilentAfter = absl::Minutes(15);
// The most series lists that are compared to find which belong to one group: of one device, at a
// time. Beyond it a new list is a new group.
inline constexpr size_t kGroupsCompared = 1024;
inline constexpr size_t kComparedSeriesKept = size_t{1} << 20;
inline constexpr size_t kSpansPerRead = 256;
inline constexpr size_t kSeriesPerPage = 512;
inline constexpr size_t kRunsShown = 32;
inline constexpr size_t kQuerySeriesMax = 20'000;
// The most values decoded at a time, 9 bytes each: two hours of 500 series at 1 s.
inline constexpr size_t kQueryValuesMax = size_t{4} << 20;
// The longest window of a rate, in steps.
inline constexpr int64_t kRateStepsMax = 1024;
// The most calls of operators under way, by kind; one more is refused.
inline constexpr int kListsMax = 16;  // of devices
inline constexpr int kQueriesMax = 16;
inline constexpr int kTailsMax = 64;
inline constexpr absl::Duration kTailPeriod = absl::Milliseconds(250);
// The number of query threads, and the length of a query's turn, after which the other queries of
// its thread have theirs.
inline constexpr int kQueryThreads = 4;
inline constexpr absl::Duration kQueryTurn = absl::Milliseconds(50);
// The time after which the call of a reader that takes nothing of a page is ended, and its query's
// memory freed. The final status waits behind the page; a reader that does not take that either is
// cut off.
inline constexpr absl::Duration kReaderPatience = absl::Seconds(30);
inline constexpr absl::Duration kStatusPatience = absl::Seconds(30);

// The bounds of HTTP: requests without a body, answers of some kilobytes.
inline constexpr int kHttpConnectionsMax = 64;
inline constexpr uint32_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr uint32_t kHttpBodyBytesMax = 1024;
inline constexpr absl::Duration kHttpDeadline = absl::Seconds(10);

// The time-outs for calls under way when the collector stops: those of devices, then those of
// operators within the rest. In all it ends in less than 10 s.
inline constexpr absl::Duration kStopDeadline = absl::Seconds(5);
inline constexpr absl::Duration kStopDeadlineMin = absl::Seconds(1);
// What a connection has to close once its calls are cancelled.
inline constexpr absl::Duration kCutOffAfter = absl::Milliseconds(500);
inline constexpr absl::Duration kStopAtMost = absl::Seconds(9);

// The interval of certificate checks. A program that renews certificates may not know which process
// to notify.
inline constexpr absl::Duration kCertificateCheckPeriod = absl::Minutes(1);

static_assert(kBatchBytesMax + 1024 < kMessageBytesMax, "a record fits a message");
static_assert(2 * kSessionTablesMax * (kTableIdSize + 2) < kMessageBytesMax,
              "the tables of a session fit a message, and leave room for the rest");

}  // namespace godwit::collector
