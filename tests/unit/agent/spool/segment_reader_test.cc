// A segment is read to its end, however damaged: only what the damage touches is missing.
#include "agent/spool/segment_reader.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "agent/spool/segment_writer.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::agent {
namespace {

constexpr char kPath[] = "/spool/7.seg";
constexpr Seq kRecords = 20;
constexpr size_t kBatchBytes = 10'000;  // so that there is more than one resync point
const SegmentName kName{.run = 7, .first_seq = 1};

class SegmentReaderTest : public testing::Test {
 protected:
  SegmentReaderTest() {
    EXPECT_TRUE(disk_.CreateDirectories("/spool").ok());
    const auto writer = *SegmentWriter::Begin(*disk_.Create(kPath),
                                              {.device_id = "dev",
                                               .boot_id = BootId(kBootIdSize, 'b'),
                                               .run = 7,
                                               .run_number = 1,
                                               .first_seq = 1},
                                              {}, {});
    for (Seq seq = 1; seq <= kRecords; ++seq) {
      places_.push_back(writer->bytes());
      writer->AddRecord(seq, {.batch = std::string(kBatchBytes, static_cast<char>('a' + seq))});
    }
    EXPECT_TRUE(writer->Commit().ok());
    bytes_ = disk_.BytesOf(kPath);
  }

  // Returns the sequence numbers of the records that are read.
  std::vector<Seq> Read(std::string_view device_id = "dev") {
    disk_.SetBytes(kPath, bytes_);
    const auto file = *disk_.Open(kPath);
    SegmentReader reader(*file, kName, device_id);
    std::vector<Seq> seqs;
    while (true) {
      const auto entry = reader.Next();
      error_ = entry.status();
      if (!entry.ok() || !*entry) break;
      if ((*entry)->place.header.type == EntryType::kRecord) {
        seqs.push_back((*entry)->place.header.seq);
      }
    }
    damaged_ = reader.damaged_bytes();
    last_seq_ = reader.last_seq();
    return seqs;
  }
  static std::vector<Seq> AllBut(std::initializer_list<Seq> missing) {
    std::vector<Seq> seqs;
    for (Seq seq = 1; seq <= kRecords; ++seq) {
      if (std::find(missing.begin(), missing.end(), seq) == missing.end()) seqs.push_back(seq);
    }
    return seqs;
  }
  ByteCount PlaceOf(Seq seq) const { return places_.at(seq - 1); }
  void Flip(ByteCount at) { bytes_[at] = static_cast<char>(bytes_[at] ^ 1); }

  sim::SimScheduler scheduler_{1};
  sim::SimFileSystem disk_{scheduler_};
  std::string bytes_;
  std::vector<ByteCount> places_;  // at or in front of each record
  Status error_;
  ByteCount damaged_ = 0;
  Seq last_seq_ = 0;
};

TEST_F(SegmentReaderTest, ASoundSegmentIsReadWhole) {
  EXPECT_EQ(Read(), AllBut({}));
  EXPECT_EQ(damaged_, 0u);
  EXPECT_EQ(last_seq_, kRecords);
}

TEST_F(SegmentReaderTest, ADamagedPayloadCostsItsRecordAndItsHeaderStillCounts) {
  Flip(bytes_.size() - 1);
  EXPECT_EQ(Read(), AllBut({kRecords}));
  EXPECT_EQ(last_seq_, kRecords);
  EXPECT_EQ(damaged_, kEntryHeaderBytes + kBatchBytes);
}

TEST_F(SegmentReaderTest, ADamagedHeaderCostsItsRecord) {
  Flip(PlaceOf(5) + 9);  // in its length
  EXPECT_EQ(Read(), AllBut({5}));
  EXPECT_EQ(damaged_, kEntryHeaderBytes + kBatchBytes);
}

TEST_F(SegmentReaderTest, BytesThatLookLikeAnEntryStopNothing) {
  const ByteCount at = PlaceOf(5);
  for (size_t i = 0; i < kBatchBytes; i += kEntryMagic.size()) {
    bytes_.replace(at + i, kEntryMagic.size(), kEntryMagic);
  }
  EXPECT_EQ(Read(), AllBut({5}));
}

TEST_F(SegmentReaderTest, ATornEndIsDamageBehindTheLastWholeRecord) {
  bytes_.resize(bytes_.size() - 1);
  EXPECT_EQ(Read(), AllBut({kRecords}));
  EXPECT_EQ(damaged_, kEntryHeaderBytes + kBatchBytes - 1);
  bytes_.resize(3);
  EXPECT_EQ(Read(), std::vector<Seq>());
  EXPECT_EQ(damaged_, 3u);
  bytes_.clear();
  EXPECT_EQ(Read(), std::vector<Seq>());
  EXPECT_EQ(damaged_, 0u);
}

TEST_F(SegmentReaderTest, RecordsOfAnotherDeviceDoNotValidate) {
  EXPECT_EQ(Read("other"), std::vector<Seq>());
}

TEST_F(SegmentReaderTest, AReadThatFailsIsAnErrorAndNoEnd) {
  disk_.set_unreadable(kPath);
  Read();
  EXPECT_TRUE(absl::IsInternal(error_)) << error_;
}

TEST_F(SegmentReaderTest, APayloadIsCheckedAgainWhenItIsReadLater) {
  const auto file = *disk_.Open(kPath);
  SegmentReader reader(*file, kName, "dev");
  EntryPlace record;
  while (record.header.type != EntryType::kRecord || record.header.seq != 2) {
    record = (**reader.Next()).place;
  }
  const SegmentSeed seed(kName, "dev");
  EXPECT_EQ(*ReadPayload(*file, seed, record), std::string(kBatchBytes, 'c'));
  Flip(record.offset + kEntryHeaderBytes + 77);
  disk_.SetBytes(kPath, bytes_);
  EXPECT_TRUE(absl::IsDataLoss(ReadPayload(*file, seed, record).status()));
}

}  // namespace
}  // namespace godwit::agent
