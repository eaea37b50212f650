// What a 32-bit processor has otherwise than the one this is written on: run on each architecture
// that is shipped.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "base/bytes.h"
#include "base/checksum.h"

namespace godwit {
namespace {

TEST(Architecture, TimesAndFilesHave64Bits) {
  EXPECT_EQ(sizeof(time_t), 8u);
  EXPECT_EQ(sizeof(off_t), 8u);
  EXPECT_EQ(sizeof(ino_t), 8u);
}

TEST(Architecture, ATimeBehind2038GoesThroughTheCalendar) {
  const time_t late = 4'102'444'800;  // 2100-01-01
  tm parts{};
  ASSERT_NE(gmtime_r(&late, &parts), nullptr);
  EXPECT_EQ(parts.tm_year, 200);
  EXPECT_EQ(timegm(&parts), late);
}

TEST(Architecture, A64BitAtomicIsOneOfTheProcessors) {
  EXPECT_TRUE(std::atomic<uint64_t>::is_always_lock_free);
  EXPECT_TRUE(std::atomic<int64_t>::is_always_lock_free);
}

TEST(Architecture, A64BitAtomicIsNeverSeenHalfWritten) {
  std::atomic<uint64_t> value = 0;
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (uint64_t i = 0; i < 200'000; ++i) value = i % 2 == 0 ? ~uint64_t{0} : 0;
    done = true;
  });
  while (!done) {
    const uint64_t seen = value;
    ASSERT_TRUE(seen == 0 || seen == ~uint64_t{0}) << seen;
  }
  writer.join();
}

TEST(Architecture, NumbersAreReadAndChecksummedAtAnyAddress) {
  alignas(16) std::array<char, 64> room{};
  const std::string bytes = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a and so on";
  const uint64_t checksum = Checksum(bytes);
  for (size_t shift = 0; shift < 16; ++shift) {
    std::memcpy(room.data() + shift, bytes.data(), bytes.size());
    const std::string_view there(room.data() + shift, bytes.size());
    ByteReader reader(there);
    uint16_t first = 0;
    uint64_t second = 0;
    ASSERT_TRUE(reader.Get(first) && reader.Get(second));
    EXPECT_EQ(first, 0x0201u) << shift;
    EXPECT_EQ(second, 0x0a09080706050403u) << shift;
    EXPECT_EQ(Checksum(there), checksum) << shift;
  }
}

}  // namespace
}  // namespace godwit
