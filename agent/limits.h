// Defines every bound of the agent, tied to each other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::agent {

// Sampling ---------------------------------------------------------------------------------------

// The most that a tick may be late. A later one is missed and counted, not made up: its values
// would be false.
inline constexpr absl::Duration kTickLatenessMax = absl::Seconds(2);
// The size at which an open batch is sealed early, so that one more tick of every group still fits.
inline constexpr size_t kBatchSealBytes = kBatchRawBytesMax / 2;
// The least step of the wall clock against the boot clock that seals the open batch: a batch has
// one clock.
inline constexpr absl::Duration kClockStepMin = absl::Milliseconds(100);
// The most sealed batches in memory that wait for storage: 8 batches of less than 1 MiB.
inline constexpr size_t kSealedBatchesMax = 8;
// The most series of a device; the settings may lower it.
inline constexpr size_t kDeviceSeriesMax = 20'000;
// The most new layouts of a device's groups at once, and the period of further ones: every 75 s, 48
// an hour. Each makes a table that is stored and sent, and a device whose interfaces are renamed
// without end would do nothing else.
inline constexpr int kNewLayoutsBurst = 16;
inline constexpr absl::Duration kNewLayoutPeriod = absl::Seconds(75);
// The number of layouts that the sampler remembers: one of these returns without waiting.
inline constexpr size_t kKnownLayoutsMax = 512;
// The most groups of a device. As many may change their series while a batch is open.
inline constexpr size_t kDeviceGroupsMax = (kBatchBlocksMax - 1) / 2;

// Spool ------------------------------------------------------------------------------------------

// The least spool size that settings may ask for, and the least that works at all.
inline constexpr ByteCount kSpoolBytesMin = ByteCount{1} << 20;
inline constexpr ByteCount kSpoolBytesFloor = ByteCount{64} << 10;
// The largest size of a segment. Trimming frees whole segments: small ones are freed early, large
// ones need fewer files.
inline constexpr ByteCount kSegmentBytesMax = ByteCount{4} << 20;
// The least number of segments in a full spool, because dropping the oldest of too few would drop
// everything.
inline constexpr ByteCount kSegmentsPerSpoolMin = 8;
// The most unreadable segments that a full spool keeps by dropping a newer one instead. With more
// of them, the disk as a whole is unreadable, and nothing is dropped.
inline constexpr size_t kUnreadableSegmentsMax = 3;
inline constexpr size_t kTablesPerRecordMax = kBatchBlocksMax - 1;
inline constexpr ByteCount kRecordBytesMax = kBatchBytesMax + kTablesPerRecordMax * 16;
inline constexpr ByteCount kEntryPayloadBytesMax = kRecordBytesMax;
// The block size of the disk. A file takes whole blocks, and the bound of the spool counts them.
inline constexpr ByteCount kDiskBlockBytes = 4096;
constexpr ByteCount DiskBlocks(ByteCount bytes) {
  return (bytes + kDiskBlockBytes - 1) / kDiskBlockBytes * kDiskBlockBytes;
}
// The most bytes of records in memory while the disk takes none. 500 series at 1 s are some 6 kB a
// minute: 11 hours.
inline constexpr ByteCount kRingBytesMax = ByteCount{4} << 20;
// The number of previous runs that each segment names, so that they are accounted for without a
// segment of their own.
inline constexpr size_t kPastRunsMax = 32;
// The most ranges of lost sequence numbers that wait to be reported to a collector.
inline constexpr size_t kLossesMax = 256;
// The number of appended records after which a record whose table is damaged is lost, unless a
// segment has brought the table back; and the most tables awaited in this way.
inline constexpr uint64_t kTableAwaitedAppends = 64;
inline constexpr size_t kTablesAwaitedMax = 1024;
// The share of the spool that quarantined copies may take: an eighth.
inline constexpr ByteCount kQuarantineShare = 8;
// The largest sequence number. Larger ones are not ours: a record a nanosecond for a century does
// not get there.
inline constexpr uint64_t kSpoolSeqMax = (uint64_t{1} << 62) - 1;

// Uplink -----------------------------------------------------------------------------------------

// The most streams under way: the next one may be written while the previous one awaits its reply.
inline constexpr size_t kStreamsMax = 2;
inline constexpr size_t kStreamRecordsMax = 64;
// The most tables in one stream. A collector ends a stream with more (collector/limits.h), so the
// agent ends the stream first.
inline constexpr size_t kStreamTablesMax = 256;
inline constexpr ByteCount kStreamBytesMax = ByteCount{2} << 20;
inline constexpr absl::Duration kOpenSessionDeadline = absl::Seconds(20);
// The most runs, ranges and quarantined records in one OpenSession. Further runs are reported by
// the next one; further ranges of a run are merged into one.
inline constexpr size_t kReportedRunsMax = 4096;
inline constexpr size_t kReportedRangesMax = 4096;
inline constexpr size_t kReportedQuarantinedMax = 1024;
// The most tables reported as held. Further ones are sent with their records, whether the collector
// knows them or not.
inline constexpr size_t kReportedTablesMax = 4096;
// The most losses in one OpenSession. Further ones are reported by the next.
inline constexpr size_t kReportedLossesMax = 1024;
// The most labels of a device, and the most bytes of a key, a value and the device's name. Further
// labels, and those with a longer key or value, are not reported.
inline constexpr size_t kReportedLabelsMax = 32;
inline constexpr size_t kReportedLabelBytesMax = 255;
inline constexpr size_t kReportedNameBytesMax = 255;  // more is cut off
// The most settings, sensors and bytes of text in a report of the device's state. What exceeds them
// is cut off.
inline constexpr size_t kReportedSettingsMax = 256;
inline constexpr size_t kReportedSensorsMax = 256;
inline constexpr size_t kReportedTextBytesMax = 512;
// The number of records rejected in a row after which the collector counts as broken: the upload
// stops, but for one record an hour. Otherwise a fleet's spools would be emptied into copies.
inline constexpr int kRejectionsInARowMax = 8;
inline constexpr absl::Duration kProbePeriod = absl::Hours(1);
// The retry interval for records that a failing disk could not read.
inline constexpr absl::Duration kReadAgainAfter = absl::Minutes(1);
// Retry interval for errors that need a person.
inline constexpr absl::Duration kSlowRetry = absl::Minutes(5);
// The longest retry hint of a collector that is obeyed; a longer one is cut to this.
inline constexpr absl::Duration kRetryHintMax = absl::Hours(1);
// The time over which devices return after a close by the server, so that they do not all come back
// at once.
inline constexpr absl::Duration kReturnSpread = absl::Seconds(30);
// The age from which on a session counts as successful: when it ends, the back-off starts again
// from the beginning.
inline constexpr absl::Duration kSessionWorthwhile = absl::Seconds(10);
// The life of a command stream, give or take a tenth. Then it is opened again.
inline constexpr absl::Duration kCommandStreamLife = absl::Hours(1);
// The time-out for a stream's reply, from its last record on.
inline constexpr absl::Duration kReplyDeadline = absl::Seconds(120);
// The size below which messages that are sent stay, and the size above which both sides refuse
// them.
inline constexpr ByteCount kMessageBytesUsual = ByteCount{1} << 20;
inline constexpr ByteCount kMessageBytesMax = ByteCount{4} << 20;
// The largest joined message. Anything that would make it larger goes in a message of its own,
// because either side holds a message as a whole.
inline constexpr ByteCount kJoinedBytesMax = ByteCount{128} << 10;
// The time after which a start counts as complete: the agent has a session, or has failed to get
// one.
inline constexpr absl::Duration kStartTakes = absl::Minutes(1);
// Interval of the session check, after which a fallback connection may be tried.
inline constexpr absl::Duration kFallbackCheck = absl::Seconds(60);
// The delay of the first status line for the service manager, and the interval of further checks.
inline constexpr absl::Duration kFirstStatus = absl::Seconds(2);
inline constexpr absl::Duration kStatusPeriod = absl::Seconds(30);
// The time-out of a clean stop for acknowledgements; the spool keeps the rest.
inline constexpr absl::Duration kStopDrain = absl::Seconds(5);
// The same for a single run that is to send what there is.
inline constexpr absl::Duration kOnceDrain = absl::Minutes(10);

static_assert(kBatchBytesMax + 64 < kMessageBytesUsual, "a record's message is under 1 MiB");
static_assert(kTableBytesMax + 64 < kMessageBytesUsual, "a table's message is under 1 MiB");
static_assert(kMessageBytesUsual < kMessageBytesMax, "the limit has room");
static_assert(kJoinedBytesMax < kMessageBytesUsual, "a joined message is under 1 MiB");
static_assert(kRecordBytesMax < kStreamBytesMax, "a record fits a stream");
static_assert(kTablesPerRecordMax <= kStreamTablesMax, "a record's tables fit a stream");
static_assert(kRecordBytesMax < kSegmentBytesMax, "a record fits a segment");
static_assert(kTableBytesMax + 16 < kEntryPayloadBytesMax, "a table fits an entry");
static_assert(kRecordBytesMax < kRingBytesMax, "a record fits the ring");

}  // namespace godwit::agent
