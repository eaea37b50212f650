// The bytes of a segment: what is written decodes, and nothing else does.
#include "agent/spool/segment_format.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace godwit::agent {
namespace {

const SegmentName kName{.run = 7, .first_seq = 3, .attempt = 1};
const SegmentSeed kSeed(kName, "dev");
constexpr ByteCount kOffset = 512;

struct Written {
  EntryHeader header;
  std::string bytes;
  std::string_view payload() const { return std::string_view(bytes).substr(kEntryHeaderBytes); }
};

Written Write(EntryHeader header, std::string_view payload) {
  Written written{.header = header};
  EncodeEntry(kSeed, kOffset, written.header, payload, written.bytes);
  return written;
}

Written WriteRecord() {
  return Write(
      {.type = EntryType::kRecord, .count = 1, .seq = 9, .first_unix_ns = -5, .last_unix_ns = 6},
      std::string(kTableIdSize, 't') + "batch");
}

TEST(SegmentNameTest, AFileNameIsParsedBackAndNothingElseIs) {
  EXPECT_EQ(SegmentFileName(kName), "0000000000000007-0000000000000003-0001.seg");
  EXPECT_EQ(ParseSegmentFileName(SegmentFileName(kName)), kName);
  for (const char* other :
       {"", ".seg", "0000000000000007-0000000000000003-0001.se",
        "0000000000000007-0000000000000003.seg", "0000000000000007_0000000000000003-0001.seg",
        "0000000000000007-0000000000000003_0001.seg", "000000000000000x-0000000000000003-0001.seg",
        "0000000000000007-000000000000000x-0001.seg", "0000000000000007-0000000000000003-00x1.seg",
        "+000000000000007-0000000000000003-0001.seg",
        "0000000000000000-0000000000000003-0001.seg",     // no run has the id 0
        "0000000000000007-0000000000000000-0001.seg",     // numbers begin at 1
        "0000000000000007-ffffffffffffffff-0001.seg"}) {  // beyond the largest seq
    EXPECT_FALSE(ParseSegmentFileName(other)) << other;
  }
}

TEST(SegmentFormatTest, AnEntryIsReadBackWhereItWasWritten) {
  const Written record = WriteRecord();
  const auto header = DecodeEntryHeader(kSeed, kOffset, record.bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->type, EntryType::kRecord);
  EXPECT_EQ(header->count, 1);
  EXPECT_EQ(header->seq, 9u);
  EXPECT_EQ(header->first_unix_ns, -5);
  EXPECT_EQ(header->last_unix_ns, 6);
  EXPECT_EQ(header->payload_bytes, record.payload().size());
  EXPECT_TRUE(PayloadIsSound(kSeed, kOffset, *header, record.payload()));
}

// Bytes of another file, of an earlier use of these blocks, or copied within the file.
TEST(SegmentFormatTest, AnEntryIsNoneAtAnotherPlace) {
  const Written record = WriteRecord();
  EXPECT_FALSE(DecodeEntryHeader(kSeed, kOffset + 1, record.bytes));
  for (const SegmentSeed& other :
       {SegmentSeed({.run = 8, .first_seq = 3}, "dev"),
        SegmentSeed({.run = 7, .first_seq = 4}, "dev"), SegmentSeed(kName, "other")}) {
    EXPECT_FALSE(DecodeEntryHeader(other, kOffset, record.bytes));
    EXPECT_FALSE(PayloadIsSound(other, kOffset, record.header, record.payload()));
  }
}

// Whose a segment is can be read without knowing its device.
TEST(SegmentFormatTest, AHeaderEntryIsReadWhateverTheDevice) {
  const Written header = Write({.type = EntryType::kHeader}, "payload");
  EXPECT_TRUE(DecodeEntryHeader(SegmentSeed(kName, "other"), kOffset, header.bytes));
}

TEST(SegmentFormatTest, EveryFlippedBitOfAnEntryIsNoticed) {
  const Written record = WriteRecord();
  for (size_t bit = 0; bit < record.bytes.size() * 8; ++bit) {
    std::string bytes = record.bytes;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    const auto header = DecodeEntryHeader(kSeed, kOffset, bytes);
    EXPECT_FALSE(header && PayloadIsSound(kSeed, kOffset, *header,
                                          std::string_view(bytes).substr(kEntryHeaderBytes)))
        << "bit " << bit;
  }
}

TEST(SegmentFormatTest, ATornEntryIsNone) {
  const Written record = WriteRecord();
  for (size_t bytes = 0; bytes < record.bytes.size(); ++bytes) {
    const std::string_view torn = std::string_view(record.bytes).substr(0, bytes);
    const auto header = DecodeEntryHeader(kSeed, kOffset, torn);
    EXPECT_FALSE(header && PayloadIsSound(kSeed, kOffset, *header, torn.substr(kEntryHeaderBytes)))
        << bytes << " bytes";
  }
}

// Sound checksums around what no spool writes: a program with a fault, or an attacker.
TEST(SegmentFormatTest, AnEntryBeyondTheLimitsIsNone) {
  const std::string table(kTableIdSize, 't');
  for (const EntryHeader& header :
       {EntryHeader{.type = EntryType::kRecord, .seq = 0},
        EntryHeader{.type = EntryType::kRecord, .seq = kSpoolSeqMax + 1},
        EntryHeader{.type = EntryType::kRecord, .count = 2, .seq = 1}}) {
    EXPECT_FALSE(DecodeEntryHeader(kSeed, kOffset, Write(header, table).bytes));
  }
  EXPECT_FALSE(
      DecodeEntryHeader(kSeed, kOffset, Write({.type = EntryType::kTable}, "short").bytes));
  const std::string large(kEntryPayloadBytesMax + 1, 'x');
  EXPECT_FALSE(DecodeEntryHeader(kSeed, kOffset,
                                 Write({.type = EntryType::kRecord, .seq = 1}, large).bytes));
}

TEST(SegmentFormatTest, PayloadsAreReadBack) {
  const SegmentHeader header{.device_id = "dev",
                             .boot_id = BootId(kBootIdSize, 'b'),
                             .run = 7,
                             .run_number = 2,
                             .first_seq = 3};
  const auto decoded = DecodeSegmentHeader(EncodeSegmentHeader(header));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->device_id, "dev");
  EXPECT_EQ(decoded->boot_id, header.boot_id);
  EXPECT_EQ(decoded->run, 7u);
  EXPECT_EQ(decoded->run_number, 2u);
  EXPECT_EQ(decoded->first_seq, 3u);
  const std::vector<PastRun> runs = {{.run = 5, .last_seq = 4, .unclean = true},
                                     {.run = 6, .last_seq = 0, .uncertain = true}};
  EXPECT_EQ(DecodePastRuns(EncodePastRuns(runs)), runs);
  const Loss loss{.run = 5, .seqs = {2, 4}, .reason = LossReason::kDamaged};
  EXPECT_EQ(DecodeLoss(EncodeLoss(loss)), loss);
}

TEST(SegmentFormatTest, APayloadThatIsCutOffIsNone) {
  const std::string header = EncodeSegmentHeader(
      {.device_id = "dev", .boot_id = BootId(kBootIdSize, 'b'), .run = 7, .first_seq = 3});
  for (size_t bytes = 0; bytes < header.size(); ++bytes) {
    EXPECT_FALSE(DecodeSegmentHeader(header.substr(0, bytes))) << bytes << " bytes";
  }
  const std::string run = EncodePastRuns({{.run = 5, .last_seq = 4}});
  for (size_t bytes = 1; bytes < run.size(); ++bytes) {
    EXPECT_FALSE(DecodePastRuns(run.substr(0, bytes))) << bytes << " bytes";
  }
  const std::string loss = EncodeLoss({.run = 5, .seqs = {2, 4}});
  for (size_t bytes = 0; bytes < loss.size(); ++bytes) {
    EXPECT_FALSE(DecodeLoss(loss.substr(0, bytes))) << bytes << " bytes";
  }
}

TEST(SegmentFormatTest, PayloadsBeyondTheLimitsAreNone) {
  EXPECT_FALSE(
      DecodeSegmentHeader(EncodeSegmentHeader({.device_id = std::string(kDeviceIdBytesMax + 1, 'd'),
                                               .boot_id = BootId(kBootIdSize, 'b')})));
  EXPECT_FALSE(DecodePastRuns(EncodePastRuns({{.run = 5, .last_seq = kSpoolSeqMax + 1}})));
  EXPECT_FALSE(DecodePastRuns(EncodePastRuns(std::vector<PastRun>(kPastRunsMax + 1, {.run = 5}))));
  for (const SeqRange& seqs : {SeqRange{0, 4}, SeqRange{5, 4}, SeqRange{1, kSpoolSeqMax + 1}}) {
    EXPECT_FALSE(DecodeLoss(EncodeLoss({.run = 5, .seqs = seqs})));
  }
}

}  // namespace
}  // namespace godwit::agent
