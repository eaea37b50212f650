// Every bound of the collector.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::collector {

inline constexpr ByteCount kMessageBytesMax = ByteCount{4} << 20;

// Of a store: the directory keeps each one's id, name and labels in memory. Sessions of further
// devices are refused, and come again after this time.
inline constexpr int64_t kDevicesMax = 100'000;
inline constexpr absl::Duration kTooManyDevicesRetry = absl::Hours(1);

// What a device may say of itself.
inline constexpr size_t kDeviceIdBytesMax = 255;
inline constexpr size_t kDeviceNameBytesMax = 255;
inline constexpr size_t kDeviceLabelsMax = 32;
inline constexpr size_t kSessionRunsMax = 4096;
inline constexpr size_t kSessionRangesMax = 4096;  // of all runs; also what an answer mentions
// Agents report at most 4,096. Agents of version 0.1 knew no bound, and those that were beyond
// 4,096 could never open a session.
inline constexpr size_t kSessionTablesMax = 65'536;
inline constexpr size_t kSessionLossesMax = 1024;
// Agents stay below 2^62; those of version 0.1 could reach it. Sums end at the largest integer.
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

// Connections taken, before TLS: some 100 handshakes a second are what two small cores do.
inline constexpr double kConnectionsPerSecond = 200;
inline constexpr double kConnectionsBurst = 400;

// Descriptors that the connections of a port leave free: at the limit of open files the store's own
// come first, then HTTP's connections, then those of operators.
inline constexpr int kDescriptorsLeftByHttp = 16;
inline constexpr int kDescriptorsLeftByOperators = 80;
inline constexpr int kDescriptorsLeftByDevices = 128;

// A trusted proxy sends its header at once; a packet of it may be lost. Beyond the second the
// connection that has waited longest is closed.
inline constexpr absl::Duration kProxyHeaderPatience = absl::Seconds(5);
inline constexpr size_t kProxyHeadersAwaitedMax = 1024;

// A device is pinged when it has said nothing for so long; uploads prove the link before that. A
// dead device counts as connected for the two times together (gRPC's default: 2 h). On a slow link
// the answer to a ping waits behind the record that the device is sending.
inline constexpr absl::Duration kDevicePingAfter = absl::Minutes(5);
inline constexpr absl::Duration kDevicePingTimeout = absl::Minutes(2);

// What a collector that stops asks its devices to spread their return over.
inline constexpr absl::Duration kReturnWithin = absl::Seconds(10);

// Sessions of one device may overlap: a late stream of an old one is still good.
inline constexpr size_t kSessionsPerDeviceMax = 4;

// What is new of one device, and how much of it is taken within a time. Beyond that the device is
// slowed, never rejected: one call that brings something new in each pause, of that many at most
// (store/device_bounds.h). Agents make at most 48 tables an hour; those of version 0.1 know no
// bound. One that was restarted for years reports 4,096 runs at once, each with the one it follows.
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
// Rows that account for its runs (ranges that are settled, gaps, rejected records): some 10 MB.
inline constexpr uint64_t kAccountRowsMax = 262'144;
inline constexpr absl::Duration kAccountRowsWithin = absl::Hours(24);
inline constexpr absl::Duration kAccountRowsPause = absl::Minutes(1);
inline constexpr uint64_t kAccountRowsSlowed = 256;
// When a device that is over a quota of the settings may try again. A refusal after a day without
// one begins anew, and raises the alert again.
inline constexpr absl::Duration kQuotaRetry = absl::Minutes(10);
inline constexpr absl::Duration kQuotaQuietAfter = absl::Hours(24);
// What a device hears at most of how long it is to wait: agents follow an hour.
inline constexpr absl::Duration kPostponedRetryMax = absl::Hours(1);
// When limits.device_series is set, the series of tables that a device has already are counted
// once: of its newest tables, up to so many; some 0.1 s.
inline constexpr uint64_t kSeriesCountedAtOnce = 131'072;

// One upload stream. The agent's own bound is 64 records and 2 MiB; this one is for strangers.
inline constexpr size_t kStreamRecordsMax = 256;
inline constexpr size_t kStreamTablesMax = 256;
// Records of a stream that wait for their commit; reading stops until one is through.
inline constexpr size_t kStreamUncommittedMax = 8;
// A stream that is open for longer gets verdicts for what it has brought, and ends. Agents, those
// of version 0.1 too, end an upload within 30 min, and a command stream within 66 min.
inline constexpr absl::Duration kUploadLifeMax = absl::Minutes(45);
inline constexpr absl::Duration kCommandStreamLifeMax = absl::Hours(2);

// One commit. More waits for the next; one that is larger by itself is a group of its own.
inline constexpr size_t kCommitOperationsMax = 1024;
inline constexpr size_t kCommitBytesMax = size_t{8} << 20;
// How long deliveries are gathered: pages that they share are written once. An agent keeps its
// record on its own disk until the verdict.
inline constexpr absl::Duration kGatherTime = absl::Milliseconds(500);
// What waits for its commit: 32 full groups. Beyond that a call is told to come again.
inline constexpr size_t kQueueOperationsMax = 32 * kCommitOperationsMax;
inline constexpr size_t kQueueBytesMax = 32 * kCommitBytesMax;
// When a call that found the queue or the disk full is to come again: each at a moment of its own.
inline constexpr absl::Duration kBusyRetryMin = absl::Seconds(5);
inline constexpr absl::Duration kBusyRetryMax = absl::Seconds(30);

// Retention takes away so many records in one transaction, so that commits do not wait for it, and
// checks this often.
inline constexpr size_t kPruneRecordsMax = 256;
inline constexpr absl::Duration kPrunePeriod = absl::Minutes(1);
inline constexpr absl::Duration kPrunePeriodWhileFull = absl::Seconds(5);

// What nothing uses any more is dropped when nobody has named it for so long, or for
// store.retention.age where that is longer: one device at a time. Tables and boots of a device with
// more rows than these stay: each row would have to be checked, some 75 ms.
inline constexpr absl::Duration kForgetAfter = absl::Hours(24 * 30);
inline constexpr absl::Duration kUseNotedEvery = absl::Hours(24);
inline constexpr absl::Duration kUpkeepPeriod = absl::Seconds(1);
inline constexpr absl::Duration kTidyPeriod = absl::Seconds(10);  // 8,000 devices a day
inline constexpr size_t kTidyRecordsMax = 5000;
inline constexpr size_t kTidyRunsMax = 512;
// Records whose times are put right in one transaction.
inline constexpr size_t kRepairRecords = 64;
// What an upgrade left to do, in one transaction: some 20 ms.
inline constexpr size_t kFillInRecords = 1000;

// Records are merged when they have been in the store for store.merge_after; an hour of values at
// most, and no more than these: 18 MB decoded, some 0.1 s of work.
inline constexpr size_t kMergeValuesMax = size_t{2} << 20;
inline constexpr size_t kMergeRecordsMax = 4096;
// Merges of one transaction, and bytes of their values beyond which no more are added.
inline constexpr size_t kMergeStepsMax = 32;
inline constexpr size_t kMergeGroupBytes = size_t{1} << 20;
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
// How far the write-ahead log of a collector may grow while `store verify` or `store backup` holds
// a snapshot beside it.
inline constexpr ByteCount kSnapshotLogBytesMax = ByteCount{1} << 30;
// Of a disk, where no settings say another share.
inline constexpr double kReserveFree = 0.05;

// A call older than this is dead on both sides; a device clock that agrees so well with the
// collector's is left as it is.
inline constexpr absl::Duration kOpenSessionAgeMax = absl::Seconds(20);
// Another boot of the same device that comes back after so long is no late call, but another
// machine.
inline constexpr absl::Duration kSharedIdentityAfter = absl::Seconds(60);
inline constexpr size_t kAlertDetailBytesMax = 512;
inline constexpr size_t kAlertKindsMax = 64;     // in one acknowledgement
inline constexpr size_t kQuarantinedMax = 1024;  // seqs in one message

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
// Of configurations in an answer that is one message; more are for pages.
inline constexpr ByteCount kConfigurationsBytesMax = ByteCount{3} << 20;

// Logs that are followed.
inline constexpr int kLogFollowersMax = 64;
inline constexpr size_t kLogLinesPerReport = 1024;
inline constexpr size_t kLogLineBytesMax = 1024;
inline constexpr size_t kLogLinesWaitingMax = 1024;  // for one follower

// Answers to operators.
inline constexpr ByteCount kPageBytes = 256 * 1024;
inline constexpr size_t kPageSamplesMax = 8192;
inline constexpr size_t kDevicesPerPage = 256;
// Summaries of devices in memory, some 1 kB each; those of more devices are read when asked for.
inline constexpr size_t kSummariesKept = 20'000;
inline constexpr absl::Duration kSummaryAgeMax = absl::Minutes(1);
inline constexpr size_t kGapReasonsShown = 32;  // of one device
inline constexpr size_t kGapsPerPage = 512;
// A device that is not connected, and was not seen for so long: what it would have sent is missing.
inline constexpr absl::Duration kSilentAfter = absl::Minutes(15);
// What is compared to see which lists of series belong to one group: of one device, at a time.
// Beyond it, a new list is a new group.
inline constexpr size_t kGroupsCompared = 1024;
inline constexpr size_t kComparedSeriesKept = size_t{1} << 20;
inline constexpr size_t kSpansPerRead = 256;
inline constexpr size_t kSeriesPerPage = 512;
inline constexpr size_t kRunsShown = 32;
inline constexpr size_t kQuerySeriesMax = 20'000;
// Decoded at one time, 9 bytes each: two hours of 500 series at 1 s.
inline constexpr size_t kQueryValuesMax = size_t{4} << 20;
// A rate's window, in steps.
inline constexpr int64_t kRateStepsMax = 1024;
// Calls of operators under way, by kind; one more is refused.
inline constexpr int kListsMax = 16;  // of devices
inline constexpr int kQueriesMax = 16;
inline constexpr int kTailsMax = 64;
inline constexpr absl::Duration kTailPeriod = absl::Milliseconds(250);
// Threads for queries. A query works that long, then the others of its thread have their turn.
inline constexpr int kQueryThreads = 4;
inline constexpr absl::Duration kQueryTurn = absl::Milliseconds(50);
// A reader that takes nothing of a page for so long has its call ended, and what its query held is
// free. The end's status waits behind the page; a reader that does not take that either is cut off.
inline constexpr absl::Duration kReaderPatience = absl::Seconds(30);
inline constexpr absl::Duration kStatusPatience = absl::Seconds(30);

// HTTP: requests without a body, answers of some kilobytes.
inline constexpr int kHttpConnectionsMax = 64;
inline constexpr uint32_t kHttpHeaderBytesMax = 8 * 1024;
inline constexpr uint32_t kHttpBodyBytesMax = 1024;
inline constexpr absl::Duration kHttpDeadline = absl::Seconds(10);

// Calls under way when the collector stops: those of devices, then those of operators with what is
// left of it. All in all it ends in less than 10 s.
inline constexpr absl::Duration kStopDeadline = absl::Seconds(5);
inline constexpr absl::Duration kStopDeadlineMin = absl::Seconds(1);
// What a connection has to close once its calls are cancelled.
inline constexpr absl::Duration kCutOffAfter = absl::Milliseconds(500);
inline constexpr absl::Duration kStopAtMost = absl::Seconds(9);

// Whoever renews a certificate may not know whom to tell.
inline constexpr absl::Duration kCertificateCheckPeriod = absl::Minutes(1);

static_assert(kBatchBytesMax + 1024 < kMessageBytesMax, "a record fits a message");
static_assert(2 * kSessionTablesMax * (kTableIdSize + 2) < kMessageBytesMax,
              "the tables of a session fit a message, and leave room for the rest");

}  // namespace godwit::collector
