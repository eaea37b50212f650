#include <gtest/gtest.h>

#include "tests/unit/agent/sensors/machine_files.h"

namespace godwit::agent {
namespace {

TEST(SystemSensorTest, ReadsTheKernelsFilesUnderOpenTelemetrysNames) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor(All(), input);
  ASSERT_TRUE(sensor.ok()) << sensor.status();
  const Seen seen = ReadOnce(**sensor);
  ASSERT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen["system.cpu.time{cpu.mode=user}"], Value(10.01));
  EXPECT_EQ(seen["system.cpu.time{cpu.mode=steal}"], Value(0.08));
  EXPECT_EQ(seen["system.cpu.logical.count"], Value(int64_t{2}));
  EXPECT_EQ(seen["system.cpu.load_average.1m"], Value(0.52));
  EXPECT_EQ(seen["system.memory.usage{system.memory.state=used}"], Value(int64_t{400 * 1024}));
  EXPECT_EQ(seen["system.memory.usage{system.memory.state=cached}"], Value(int64_t{200 * 1024}));
  EXPECT_EQ(seen["system.memory.limit"], Value(int64_t{1000 * 1024}));
  EXPECT_EQ(seen["system.paging.usage{system.paging.state=used}"], Value(int64_t{100 * 1024}));
  EXPECT_EQ(seen["system.paging.operations{system.paging.direction=out}"], Value(int64_t{8}));
  EXPECT_EQ(seen["system.paging.faults{system.paging.fault.type=minor}"], Value(int64_t{990}));
  EXPECT_EQ(seen["system.process.created"], Value(int64_t{4321}));
  EXPECT_EQ(seen["system.process.count{process.state=blocked}"], Value(int64_t{1}));
  EXPECT_EQ(seen["system.uptime"], Value(12345.67));
  EXPECT_EQ(seen["system.network.io{network.interface.name=eth0,network.io.direction=transmit}"],
            Value(int64_t{765432}));
  EXPECT_EQ(seen["system.network.packet.dropped{network.interface.name=eth0,network.io.direction="
                 "receive}"],
            Value(int64_t{3}));
  EXPECT_EQ(seen["system.disk.io{disk.io.direction=write,system.device=mmcblk0}"],
            Value(int64_t{800 * 512}));
  EXPECT_EQ(seen["system.disk.io_time{system.device=mmcblk0}"], Value(3.0));
}

TEST(SystemSensorTest, WhatIsExcludedHasNoSeries) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor(All(), input);
  const Seen seen = ReadOnce(**sensor);
  for (const auto& [series, value] : seen.values) {
    for (const char* absent : {"loop0", "=lo,", "tmpfs", "/bind"}) {
      EXPECT_EQ(series.find(absent), std::string::npos) << series;
    }
    EXPECT_EQ(series.find("system.device=mmcblk0p1}"), std::string::npos) << series;
  }
}

TEST(SystemSensorTest, OfFileSystemsOnlyThoseWithADiskAreAskedAndEachDiskOnce) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"filesystem"}}, input);
  const Seen seen = ReadOnce(**sensor);
  ASSERT_TRUE(seen.status.ok()) << seen.status;
  const std::string root =
      "system.device=/dev/mmcblk0p1,system.filesystem.mode=rw,system.filesystem.mountpoint=/,";
  EXPECT_EQ(seen["system.filesystem.usage{" + root +
                 "system.filesystem.state=used,system.filesystem.type=ext4}"],
            Value(int64_t{600}));
  EXPECT_EQ(seen["system.filesystem.usage{" + root +
                 "system.filesystem.state=reserved,system.filesystem.type=ext4}"],
            Value(int64_t{50}));
  EXPECT_EQ(seen["system.filesystem.utilization{" + root + "system.filesystem.type=ext4}"],
            Value(600.0 / 950.0));
  EXPECT_EQ(seen["system.filesystem.utilization{system.device=/dev/sda1,system.filesystem.mode=ro,"
                 "system.filesystem.mountpoint=/media/a card,system.filesystem.type=vfat}"],
            Value(1.0));
  EXPECT_EQ(seen.values.size(), 10u);
}

TEST(SystemSensorTest, ADiskThatIsMountedIsSeenAtTheNextReading) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"filesystem"}}, input);
  EXPECT_EQ(ReadOnce(**sensor).values.size(), 10u);
  input.files["/proc/self/mountinfo"] += "30 22 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n";
  input.announced.insert("/proc/self/mountinfo");
  input.usages["/mnt"] = FileSystemUsage{.total_bytes = 1};
  EXPECT_EQ(ReadOnce(**sensor, 2).values.size(), 15u);
}

TEST(SystemSensorTest, WithinAMinuteTheListOfMountsIsReadAgainOnlyWhenAChangeIsAnnounced) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"filesystem"}}, input);
  ReadOnce(**sensor);
  input.files["/proc/self/mountinfo"] = "cut";
  EXPECT_TRUE(ReadOnce(**sensor, 2).status.ok());
  input.announced.insert("/proc/self/mountinfo");
  EXPECT_FALSE(ReadOnce(**sensor, 3).status.ok());
  EXPECT_FALSE(ReadOnce(**sensor, 4).status.ok());
  input.files = Machine().files;
  EXPECT_EQ(ReadOnce(**sensor, 5).values.size(), 10u);
}

TEST(SystemSensorTest, AFileSystemThatTheKernelMakesReadOnlyHasThatModeWithinAMinute) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"filesystem"}}, input);
  ReadOnce(**sensor);
  std::string& mounts = input.files["/proc/self/mountinfo"];
  const std::string end = "ext4 /dev/mmcblk0p1 rw\n";
  mounts.replace(mounts.find(end), end.size(), "ext4 /dev/mmcblk0p1 ro,errors=remount-ro\n");
  input.seconds_since_boot += 60;
  const Seen seen = ReadOnce(**sensor, 2);
  EXPECT_EQ(seen.values.size(), 10u);
  EXPECT_EQ(seen["system.filesystem.limit{system.device=/dev/mmcblk0p1,system.filesystem.mode=ro,"
                 "system.filesystem.mountpoint=/,system.filesystem.type=ext4}"],
            Value(int64_t{1000}));
}

TEST(SystemSensorTest, TheReadOnlyMountsOfASandboxDoNotMakeAFileSystemReadOnly) {
  TextInput input = Machine();
  input.files["/proc/self/mountinfo"] = "22 1 179:1 / / ro,relatime - ext4 /dev/mmcblk0p1 rw\n";
  const auto sensor = MakeSystemSensor({.include = {"filesystem"}}, input);
  EXPECT_EQ(ReadOnce(**sensor)
                ["system.filesystem.limit{system.device=/dev/mmcblk0p1,system.filesystem.mode=rw,"
                 "system.filesystem.mountpoint=/,system.filesystem.type=ext4}"],
            Value(int64_t{1000}));
}

TEST(SystemSensorTest, ADiskThatIsPluggedInIsSeenWithinTenReadings) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"disk"}}, input);
  EXPECT_EQ(ReadOnce(**sensor).values.size(), 14u);
  input.files["/sys/block/cciss!c0d0/stat"] = "1 0 2 1 1 0 4 1 0 1 1\n";
  for (uint64_t tick = 2; tick < 12; ++tick) ReadOnce(**sensor, tick);
  const Seen seen = ReadOnce(**sensor, 12);
  EXPECT_EQ(seen.values.size(), 21u);
  EXPECT_EQ(seen["system.disk.io{disk.io.direction=write,system.device=cciss/c0d0}"],
            Value(int64_t{4 * 512}));
}

TEST(SystemSensorTest, ADiskThatIsUnpluggedHasNoSeriesAtTheNextReading) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"disk"}}, input);
  ReadOnce(**sensor);
  const std::string stat = input.files["/sys/block/mmcblk0/stat"];
  input.files.erase("/sys/block/mmcblk0/stat");
  const Seen seen = ReadOnce(**sensor, 2);
  EXPECT_TRUE(seen.status.ok()) << seen.status;
  EXPECT_EQ(seen.values.size(), 7u);
  input.files["/sys/block/mmcblk0/stat"] = stat;
  EXPECT_EQ(ReadOnce(**sensor, 3).values.size(), 14u);
}

TEST(SystemSensorTest, CoresAreSeriesOfTheirOwnWhenAskedFor) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"cpu"}, .per_core = true}, input);
  const Seen seen = ReadOnce(**sensor);
  EXPECT_EQ(seen["system.cpu.time{cpu.logical_number=1,cpu.mode=user}"], Value(0.11));
  EXPECT_EQ(seen["system.cpu.logical.count"], Value(int64_t{2}));
  EXPECT_EQ(seen.values.size(), 8 * 3 + 1u);
}

TEST(SystemSensorTest, AnInterfaceThatComesOrGoesChangesTheGroupAndNoOther) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"network", "uptime"}}, input);
  ReadOnce(**sensor);
  const uint64_t layout = (*sensor)->layout();
  const Table uptime = (*sensor)->groups()[1];
  ReadOnce(**sensor, 2);
  EXPECT_EQ((*sensor)->layout(), layout);
  std::string& dev = input.files["/proc/net/dev"];
  dev += "wwan0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n";
  const Seen more = ReadOnce(**sensor, 3);
  EXPECT_NE((*sensor)->layout(), layout);
  EXPECT_EQ((*sensor)->groups()[1], uptime);
  EXPECT_EQ(more["system.network.io{network.interface.name=wwan0,network.io.direction=transmit}"],
            Value(int64_t{9}));
  dev = dev.substr(0, dev.find("  eth0"));
  const Seen fewer = ReadOnce(**sensor, 4);
  EXPECT_EQ(fewer.values.size(), 8 + 1u);
}

TEST(SystemSensorTest, EachFileIsOpenedOnceAndReadOnceATick) {
  TextInput input = Machine();
  const auto sensor =
      MakeSystemSensor({.include = {"cpu", "processes", "memory", "paging"}}, input);
  for (uint64_t tick = 1; tick < 5; ++tick) ReadOnce(**sensor, tick);
  EXPECT_EQ(input.opened, 3);  // stat, meminfo, vmstat
}

TEST(SystemSensorTest, APartThatCannotBeReadLeavesTheOthersAlone) {
  TextInput input = Machine();
  const auto sensor = MakeSystemSensor({.include = {"cpu", "load"}}, input);
  ReadOnce(**sensor);
  input.files["/proc/stat"] = "nonsense";
  const Seen seen = ReadOnce(**sensor, 2);
  EXPECT_FALSE(seen.status.ok());
  EXPECT_EQ(seen["system.cpu.time{cpu.mode=user}"], Value());
  EXPECT_EQ(seen["system.cpu.load_average.5m"], Value(0.58));
}

TEST(SystemSensorTest, APartThatIsNotDueIsNotReadAndWhatItCouldNotReadStaysNamed) {
  TextInput input = Machine();
  input.files["/proc/vmstat"] = "pswpin 7\n";
  const auto sensor = MakeSystemSensor(
      {.include = {"load", "paging", "filesystem"}, .paging_every = 10, .file_systems_every = 20},
      input);
  EXPECT_EQ((*sensor)->every(0), 1u);
  EXPECT_EQ((*sensor)->every(1), 10u);
  EXPECT_EQ((*sensor)->every(2), 20u);
  ReadOnce(**sensor);
  const size_t asked = input.asked.size();
  const Tick tick{.number = 2, .due = {true, false, false}};
  EXPECT_FALSE((*sensor)->MayBlock(tick));
  Readings readings = EmptyFor(**sensor);
  const Status status = (*sensor)->Read(tick, readings);
  EXPECT_NE(Message(status).find("no 'pswpout'"), std::string::npos) << status;
  EXPECT_EQ(input.asked.size(), asked);
  EXPECT_EQ(readings[0][0], Value(0.52));
  for (const Value& value : readings[1]) EXPECT_EQ(value, Value());
}

TEST(SystemSensorTest, ASourceThatIsMissingIsSaidAndReadAsSoonAsItIsThere) {
  TextInput input;
  const auto sensor = MakeSystemSensor({.include = {"load"}}, input);
  ASSERT_TRUE(sensor.ok());
  EXPECT_TRUE(absl::IsNotFound(ReadOnce(**sensor).status));
  input.files = Machine().files;
  EXPECT_EQ(ReadOnce(**sensor, 2)["system.cpu.load_average.1m"], Value(0.52));
}

TEST(SystemSensorTest, EverySourceCutAnywhereIsAnErrorOrAReading) {
  for (const auto& [path, whole] : Machine().files) {
    TextInput input = Machine();
    const auto sensor = MakeSystemSensor(All(), input);
    for (size_t size = 0; size <= whole.size(); ++size) {
      input.files[path] = whole.substr(0, size);
      input.announced.insert(path);
      ReadOnce(**sensor, size + 1);
      input.files[path] = whole;
      EXPECT_TRUE(ReadOnce(**sensor, size + 1).status.ok()) << path << " cut at " << size;
    }
  }
}

}  // namespace
}  // namespace godwit::agent
