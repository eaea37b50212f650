// Every bound of the agent, tied to each other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::agent {

// Sampling ---------------------------------------------------------------------------------------

// A tick later than this is missed and counted, not made up: its values would be a lie.
inline constexpr absl::Duration kTickLatenessMax = absl::Seconds(2);
// An open batch is sealed early at this size, so that one more tick of every group still fits.
inline constexpr size_t kBatchSealBytes = kBatchRawBytesMax / 2;
// A wall clock that moves by more than this against the boot clock seals the open batch: a batch
// has one clock.
inline constexpr absl::Duration kClockStepMin = absl::Milliseconds(100);
// Sealed batches in memory, waiting for storage to take them up: 8 batches under 1 MiB each.
inline constexpr size_t kSealedBatchesMax = 8;
// All series of a device; the settings may ask for less.
inline constexpr size_t kDeviceSeriesMax = 20'000;
// New layouts of the device's groups: each makes a table that is stored and sent, and a device
// whose interfaces are renamed without end would do nothing else. So many at once, and then one
// every 75 s, 48 an hour.
inline constexpr int kNewLayoutsBurst = 16;
inline constexpr absl::Duration kNewLayoutPeriod = absl::Seconds(75);
// Layouts that the sampler remembers: one of these returns without waiting.
inline constexpr size_t kKnownLayoutsMax = 512;
// All groups of a device. As many may change their series while a batch is open.
inline constexpr size_t kDeviceGroupsMax = (kBatchBlocksMax - 1) / 2;

// Spool ------------------------------------------------------------------------------------------

// The least that settings may ask for, and what works at all.
inline constexpr ByteCount kSpoolBytesMin = ByteCount{1} << 20;
inline constexpr ByteCount kSpoolBytesFloor = ByteCount{64} << 10;
// Trimming frees whole segments: small ones free early, large ones cost fewer files.
inline constexpr ByteCount kSegmentBytesMax = ByteCount{4} << 20;
// A spool always has several segments, or dropping the oldest would drop everything.
inline constexpr ByteCount kSegmentsPerSpoolMin = 8;
// A full spool drops a newer segment in the place of so many that cannot be read. With more, the
// disk as a whole does not read, and nothing goes.
inline constexpr size_t kUnreadableSegmentsMax = 3;
inline constexpr size_t kTablesPerRecordMax = kBatchBlocksMax - 1;
inline constexpr ByteCount kRecordBytesMax = kBatchBytesMax + kTablesPerRecordMax * 16;
inline constexpr ByteCount kEntryPayloadBytesMax = kRecordBytesMax;
// A file takes whole blocks of the disk: the bound counts them.
inline constexpr ByteCount kDiskBlockBytes = 4096;
constexpr ByteCount DiskBlocks(ByteCount bytes) {
  return (bytes + kDiskBlockBytes - 1) / kDiskBlockBytes * kDiskBlockBytes;
}
// Records in memory while the disk takes none. 500 series at 1 s are some 6 kB a minute: 11 hours.
inline constexpr ByteCount kRingBytesMax = ByteCount{4} << 20;
// Runs before this one that each segment names, so that they are accounted for without a segment of
// their own.
inline constexpr size_t kPastRunsMax = 32;
// Ranges of lost seqs that wait for a collector to hear of them.
inline constexpr size_t kLossesMax = 256;
// A record whose table is damaged waits for another segment to bring the table back. After so many
// records without it, it is lost.
inline constexpr uint64_t kTableAwaitedAppends = 64;
inline constexpr size_t kTablesAwaitedMax = 1024;
// Copies of records that no collector takes: at most this part of the spool.
inline constexpr ByteCount kQuarantineShare = 8;
// Larger seqs are not ours: a record a nanosecond for a century does not get there.
inline constexpr uint64_t kSpoolSeqMax = (uint64_t{1} << 62) - 1;

// Uplink -----------------------------------------------------------------------------------------

// The next stream may be written while the one before awaits its reply.
inline constexpr size_t kStreamsMax = 2;
inline constexpr size_t kStreamRecordsMax = 64;
// Tables that one stream brings. A collector ends a stream with more (collector/limits.h), so a
// stream ends itself before it would have them.
inline constexpr size_t kStreamTablesMax = 256;
inline constexpr ByteCount kStreamBytesMax = ByteCount{2} << 20;
inline constexpr absl::Duration kOpenSessionDeadline = absl::Seconds(20);
// What one OpenSession tells. Runs beyond are told by the next; ranges beyond are drawn into one.
inline constexpr size_t kReportedRunsMax = 4096;
inline constexpr size_t kReportedRangesMax = 4096;
inline constexpr size_t kReportedQuarantinedMax = 1024;
// Tables beyond are not reported as held. They are sent with their records, known or not.
inline constexpr size_t kReportedTablesMax = 4096;
// Losses beyond are reported by the next.
inline constexpr size_t kReportedLossesMax = 1024;
// Of the device: labels beyond, and those with a longer key or value, are not reported.
inline constexpr size_t kReportedLabelsMax = 32;
inline constexpr size_t kReportedLabelBytesMax = 255;
inline constexpr size_t kReportedNameBytesMax = 255;  // more is cut off
// Of a report on the device's state: entries and bytes beyond are cut off.
inline constexpr size_t kReportedSettingsMax = 256;
inline constexpr size_t kReportedSensorsMax = 256;
inline constexpr size_t kReportedTextBytesMax = 512;
// So many records rejected in a row, and it is the collector that is broken: the upload stops, but
// for one record an hour, or a fleet's spools would be emptied into copies.
inline constexpr int kRejectionsInARowMax = 8;
inline constexpr absl::Duration kProbePeriod = absl::Hours(1);
// Records that could not be read from a disk that fails are tried again this long after.
inline constexpr absl::Duration kReadAgainAfter = absl::Minutes(1);
// Retry interval for errors that need a person.
inline constexpr absl::Duration kSlowRetry = absl::Minutes(5);
// The longest that a collector's retry hint keeps a device away; a longer one is cut to this.
inline constexpr absl::Duration kRetryHintMax = absl::Hours(1);
// After a close by the server all its devices would come back at once.
inline constexpr absl::Duration kReturnSpread = absl::Seconds(30);
// A session that lived this long was worth opening: what ends it begins the back-off anew.
inline constexpr absl::Duration kSessionWorthwhile = absl::Seconds(10);
// A command stream is opened anew after so long, give or take a tenth.
inline constexpr absl::Duration kCommandStreamLife = absl::Hours(1);
// A stream's reply is awaited this long after its last record was taken.
inline constexpr absl::Duration kReplyDeadline = absl::Seconds(120);
// What is sent is smaller than the first; what is refused, on both sides, larger than the second.
inline constexpr ByteCount kMessageBytesUsual = ByteCount{1} << 20;
inline constexpr ByteCount kMessageBytesMax = ByteCount{4} << 20;
// What makes a message larger goes in one of its own: either side holds a message whole.
inline constexpr ByteCount kJoinedBytesMax = ByteCount{128} << 10;
// By then the agent has a session, or has failed to get one, and does what it will do for years.
inline constexpr absl::Duration kStartTakes = absl::Minutes(1);
// Interval of the session check, after which a fallback connection may be tried.
inline constexpr absl::Duration kFallbackCheck = absl::Seconds(60);
// The line for people, as the service manager shows it: the first, and how often it is looked at.
inline constexpr absl::Duration kFirstStatus = absl::Seconds(2);
inline constexpr absl::Duration kStatusPeriod = absl::Seconds(30);
// How long a clean stop waits for what is left to be acknowledged; the spool keeps the rest.
inline constexpr absl::Duration kStopDrain = absl::Seconds(5);
// Likewise when it was asked to send what there is.
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
