#include "agent/status_line.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

SensorHealth Sensor(const std::string& name, SensorState state) {
  return {.name = name, .state = state};
}

TEST(StatusLineTest, SaysInOneLineHowTheAgentFares) {
  StatusInput input{.session = SessionState::kOpen,
                    .sensors = {Sensor("system/main", SensorState::kGood)},
                    .spool = {.bytes = 1'536 << 10, .bound = ByteCount{256} << 20}};
  EXPECT_EQ(StatusLine(input), "connected; 1 sensor; spool 1.5 MiB of 256.0 MiB");
}

TEST(StatusLineTest, NamesWhatIsWrong) {
  StatusInput input{.session = SessionState::kWaiting,
                    .failed_attempts = 7,
                    .sensors = {Sensor("system/main", SensorState::kGood),
                                Sensor("exec/pump", SensorState::kFailing),
                                Sensor("file/door", SensorState::kHanging)},
                    .spool = {.unsettled_records = 3,
                              .bytes = 4096,
                              .bound = ByteCount{256} << 20,
                              .disk = absl::ResourceExhaustedError("No space left on device")}};
  EXPECT_EQ(StatusLine(input),
            "not connected (7 failed attempts); 3 sensors, exec/pump fails and 1 more; "
            "spool 4.0 KiB of 256.0 MiB, 3 records wait, the disk takes no records: "
            "No space left on device");
}

TEST(StatusLineTest, WithoutACollectorTheLineSaysWhereTheSamplesAre) {
  EXPECT_EQ(StatusLine({.spool = {.bound = ByteCount{1} << 20}}),
            "no upload.endpoint is set: samples stay in the spool; 0 sensors; "
            "spool 0 B of 1.0 MiB");
}

}  // namespace
}  // namespace godwit::agent
