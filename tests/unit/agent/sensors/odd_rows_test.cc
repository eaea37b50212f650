// What the kernel says of one thing and cannot be read takes nothing else with it, and is named.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent/sensors/machine_files.h"

namespace godwit::agent {
namespace {

using testing::HasSubstr;

std::string Received(const std::string& name, const std::string& interface) {
  return Cat(name, "{network.interface.name=", interface, ",network.io.direction=receive}");
}

std::string DiskOperations(const std::string& disk, const std::string& direction) {
  return Cat("system.disk.operations{disk.io.direction=", direction, ",system.device=", disk, "}");
}

TEST(OddRowsTest, ACounterAbove2To63KeepsItsMeaningAndTakesNoInterfaceAway) {
  TextInput input = Machine();
  input.files["/proc/net/dev"] +=
      " wlan0: 18446744073709551615 1 0 0 0 0 0 0 9223372036854775807 2 0 0 0 0 0 0\n";
  const auto sensor = MakeSystemSensor({.include = {"network"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen[Received("system.network.io", "wlan0")], Value(18446744073709551615.0));
  EXPECT_EQ(seen["system.network.io{network.interface.name=wlan0,network.io.direction=transmit}"],
            Value(INT64_MAX));
  EXPECT_EQ(seen[Received("system.network.io", "eth0")], Value(int64_t{1234567}));
}

TEST(OddRowsTest, AFieldThatIsNoNumberIsAbsentByItselfAndItsInterfaceIsNamed) {
  TextInput input = Machine();
  input.files["/proc/net/dev"] += " wlan0: 12:34 -1 18446744073709551616 4 0 0 0 0 5\n";
  const auto sensor = MakeSystemSensor({.include = {"network"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_THAT(Message(seen.status), HasSubstr("/proc/net/dev: wlan0: 6 of 8 values"));
  EXPECT_EQ(seen[Received("system.network.io", "wlan0")], Value());
  EXPECT_EQ(seen[Received("system.network.packet.count", "wlan0")], Value());
  EXPECT_EQ(seen[Received("system.network.packet.dropped", "wlan0")], Value(int64_t{4}));
  EXPECT_EQ(seen[Received("system.network.errors", "wlan0")], Value());
  EXPECT_EQ(seen["system.network.io{network.interface.name=wlan0,network.io.direction=transmit}"],
            Value(int64_t{5}));
  EXPECT_EQ(seen[Received("system.network.io", "eth0")], Value(int64_t{1234567}));
}

TEST(OddRowsTest, AnInterfaceWithAColonInItsNameIsOneAndALineWithoutANameIsNamed) {
  TextInput input = Machine();
  input.files["/proc/net/dev"] += "eth0:1:77 1 0 0 0 0 0 0 1 2 0 0 0 0 0 0\n nothing here\n";
  const auto sensor = MakeSystemSensor({.include = {"network"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen[Received("system.network.io", "eth0:1")], Value(int64_t{77}));
  EXPECT_THAT(Message(seen.status), HasSubstr("a line without an interface's name"));
  EXPECT_EQ(seen.values.size(), 24u);
}

TEST(OddRowsTest, OneShortOrEmptyStatTakesNoOtherDiskAway) {
  TextInput input = Machine();
  input.files["/sys/block/sda/stat"] = "10 1 2";
  input.files["/sys/block/sdb/stat"] = "";
  input.files["/sys/block/sdc/stat"] = "18446744073709551615 0 18446744073709551615 0 1 0 4 0 0 0";
  const auto sensor =
      MakeSystemSensor({.include = {"disk"}, .disks = {.exclude = {"loop*"}}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen.values.size(), 4 * 7u);
  EXPECT_EQ(seen[DiskOperations("mmcblk0", "read")], Value(int64_t{100}));
  EXPECT_EQ(seen[DiskOperations("sda", "read")], Value(int64_t{10}));
  EXPECT_EQ(seen[DiskOperations("sda", "write")], Value());
  EXPECT_EQ(seen[DiskOperations("sdb", "read")], Value());
  EXPECT_EQ(seen[DiskOperations("sdc", "read")], Value(18446744073709551615.0));
  EXPECT_EQ(seen["system.disk.io{disk.io.direction=read,system.device=sdc}"],
            Value(18446744073709551615.0 * 512));
  EXPECT_THAT(Message(seen.status), HasSubstr("/sys/block/sda/stat: 5 of 7 values"));
  EXPECT_THAT(Message(seen.status), HasSubstr("/sys/block/sdb/stat: 7 of 7 values"));
}

TEST(OddRowsTest, ADiskThatIsThereAndCannotBeReadIsNullAndNamed) {
  TextInput input = Machine();
  input.files["/sys/block/sda/stat"] = "1 0 2 1 1 0 4 1 0 1 1\n";
  input.failing["/sys/block/sda/stat"] = ErrnoError(EIO, "read /sys/block/sda/stat");
  const auto sensor = MakeSystemSensor({.include = {"disk"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen.values.size(), 3 * 7u);
  EXPECT_EQ(seen[DiskOperations("sda", "read")], Value());
  EXPECT_EQ(seen[DiskOperations("mmcblk0", "read")], Value(int64_t{100}));
  EXPECT_THAT(Message(seen.status), HasSubstr("read /sys/block/sda/stat"));
  input.failing.clear();
  EXPECT_EQ(ReadOnce(**sensor, 2)[DiskOperations("sda", "read")], Value(int64_t{1}));
}

TEST(OddRowsTest, OneNegativeColumnTakesNoOtherModeAndNoOtherCoreAway) {
  TextInput input = Machine();
  std::string& stat = input.files["/proc/stat"];
  stat.replace(stat.find("cpu1 11 2"), 9, "cpu1 11 -2");
  const auto sensor = MakeSystemSensor({.include = {"cpu"}, .per_core = true}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen["system.cpu.time{cpu.logical_number=1,cpu.mode=user}"], Value(0.11));
  EXPECT_EQ(seen["system.cpu.time{cpu.logical_number=1,cpu.mode=nice}"], Value());
  EXPECT_EQ(seen["system.cpu.time{cpu.logical_number=0,cpu.mode=nice}"], Value(0.02));
  EXPECT_EQ(seen["system.cpu.time{cpu.mode=user}"], Value(10.01));
  EXPECT_EQ(seen["system.cpu.logical.count"], Value(int64_t{2}));
  EXPECT_THAT(Message(seen.status), HasSubstr("/proc/stat: cpu1: 1 of 8 values"));
}

TEST(OddRowsTest, AFieldThatTheKernelDoesNotHaveTakesOnlyWhatIsMadeOfIt) {
  TextInput input = Machine();
  input.files["/proc/meminfo"] =
      "MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: x kB\nCached: 200 kB\n"
      "SwapTotal: 18446744073709551615 kB\nSwapFree: 400 kB\n";
  input.files["/proc/vmstat"] = "pgfault 1000\npgmajfault 10\n";
  input.files["/proc/stat"] = "cpu  1 2 3 4 5 6 7 8\nprocs_running 3\n";
  input.files["/proc/loadavg"] = "inf 0.58 nan 1/257 12345\n";
  const auto sensor =
      MakeSystemSensor({.include = {"memory", "paging", "processes", "load"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen["system.memory.usage{system.memory.state=used}"], Value());
  EXPECT_EQ(seen["system.memory.usage{system.memory.state=buffers}"], Value());
  EXPECT_EQ(seen["system.memory.usage{system.memory.state=free}"], Value(int64_t{100 * 1024}));
  EXPECT_EQ(seen["system.memory.limit"], Value(int64_t{1000 * 1024}));
  EXPECT_EQ(seen["system.paging.usage{system.paging.state=free}"], Value(int64_t{400 * 1024}));
  EXPECT_EQ(seen["system.paging.usage{system.paging.state=used}"],
            Value(18446744073709551215.0 * 1024));
  EXPECT_EQ(seen["system.paging.operations{system.paging.direction=in}"], Value());
  EXPECT_EQ(seen["system.paging.faults{system.paging.fault.type=minor}"], Value(int64_t{990}));
  EXPECT_EQ(seen["system.process.created"], Value());
  EXPECT_EQ(seen["system.process.count{process.state=running}"], Value(int64_t{3}));
  EXPECT_EQ(seen["system.cpu.load_average.1m"], Value());
  EXPECT_EQ(seen["system.cpu.load_average.5m"], Value(0.58));
  for (const char* named :
       {"no 'MemAvailable'", "'Buffers' has no number", "no 'pswpin'", "no 'pswpout'",
        "no 'processes'", "no 'procs_blocked'", "the load of 1m", "the load of 15m"}) {
    EXPECT_THAT(Message(seen.status), HasSubstr(named));
  }
}

TEST(OddRowsTest, OneFileThatIsMissingTakesOnlyWhatIsMadeOfIt) {
  TextInput input = Machine();
  input.files.erase("/proc/vmstat");
  const auto sensor = MakeSystemSensor({.include = {"paging"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_TRUE(absl::IsNotFound(seen.status));
  EXPECT_EQ(seen["system.paging.usage{system.paging.state=free}"], Value(int64_t{400 * 1024}));
  EXPECT_EQ(seen["system.paging.operations{system.paging.direction=in}"], Value());
}

TEST(OddRowsTest, AnOddLineOfTheListOfMountsIsCountedAndTakesNoOtherMountAway) {
  TextInput input = Machine();
  input.files["/proc/self/mountinfo"] += "30 22 8:17 / /mnt rw\n";
  const auto sensor = MakeSystemSensor({.include = {"filesystem"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen.values.size(), 10u);
  EXPECT_THAT(Message(seen.status), HasSubstr("unreadable lines: 1"));
}

TEST(OddRowsTest, WhatTheAgentKnowsOfItselfIsSampledWithoutOneOfItsFiles) {
  TextInput input;
  input.files = {{"/proc/self/statm", "100 5 1 1 0 1 0\n"}, {"/proc/self/fd/0", ""}};
  const auto sensor = MakeAgentSensor(
      {}, [] { return AgentStatistics{.sessions = 3}; }, input);
  const Seen seen = ReadOnce(*sensor);
  EXPECT_TRUE(absl::IsNotFound(seen.status));
  EXPECT_EQ(seen["process.cpu.time"], Value());
  EXPECT_EQ(seen["process.unix.file_descriptor.count"], Value(int64_t{1}));
  EXPECT_EQ(seen["godwit.upload.sessions"], Value(int64_t{3}));
  EXPECT_NE(seen["process.memory.usage"], Value());
}

TEST(OddRowsTest, InterfacesBeyondATableAreCountedAndTheFirstOfThemIsNamed) {
  TextInput input = Machine();
  for (int i = 0; i < 600; ++i) {
    input.files["/proc/net/dev"] += Cat("veth", i, ": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  }
  const auto sensor = MakeSystemSensor({.include = {"network"}}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ((*sensor)->groups()[0].series.size(), 4096u);
  EXPECT_THAT(Message(seen.status), HasSubstr("90 of 602 rows do not fit"));
  EXPECT_THAT(Message(seen.status), HasSubstr("the first: veth510"));
  EXPECT_EQ((*sensor)->refused(), 90 * 8u);
  const uint64_t layout = (*sensor)->layout();
  ReadOnce(**sensor, 2);
  EXPECT_EQ((*sensor)->layout(), layout) << "what has no room changes nothing";
  EXPECT_EQ((*sensor)->refused(), 2 * 90 * 8u);
}

TEST(OddRowsTest, FaultsBeyondThoseThatAreNamedAreCounted) {
  TextInput input = Machine();
  for (int i = 0; i < 20; ++i) input.files[Cat("/sys/block/sd", i, "/stat")] = "x\n";
  const auto sensor = MakeSystemSensor({.include = {"disk"}}, input);
  const std::string error = Message(ReadOnce(**sensor).status);
  EXPECT_THAT(error, HasSubstr("/sys/block/sd0/stat"));
  EXPECT_THAT(error, testing::EndsWith("; and 12 more"));
}

TEST(OddRowsTest, ANameThatIsNoTextIsPrintedClean) {
  TextInput input = Machine();
  input.files["/proc/net/dev"] += " a\x1b[2J: x\n";
  const auto sensor = MakeSystemSensor({.include = {"network"}}, input);
  EXPECT_EQ(Message(ReadOnce(**sensor).status).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace godwit::agent
