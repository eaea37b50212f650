#include <gtest/gtest.h>

#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {
namespace {

const std::vector<std::string> kAllParts = {"cpu",        "load",    "memory",    "paging", "disk",
                                            "filesystem", "network", "processes", "uptime"};

TextInput Machine() {
  TextInput input;
  input.files = {
      {"/proc/stat",
       "cpu  1001 2 303 40004 5 6 7 8 900 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
       "cpu1 11 2 3 4 5 6 7 8 9 10\nintr 5 6\nctxt 7\nprocesses 4321\nprocs_running 3\n"
       "procs_blocked 1\n"},
      {"/proc/loadavg", "0.52 0.58 0.59 1/257 12345\n"},
      {"/proc/meminfo",
       "MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    600 kB\n"
       "Buffers:          30 kB\nCached:          200 kB\nSwapCached:        9 kB\n"
       "SwapTotal:       500 kB\nSwapFree:        400 kB\n"},
      {"/proc/vmstat", "nr_free_pages 5\npswpin 7\npswpout 8\npgfault 1000\npgmajfault 10\n"},
      {"/sys/block/loop0/stat", "       1        0        1 1 1 0 1 1 0 1 1\n"},
      {"/sys/block/mmcblk0/stat",
       "     100        5     2000     1500       50        6      800     2500        0 "
       "    3000     4000        0        0        0        0        0        0\n"},
      {"/sys/block/mmcblk0/mmcblk0p1/stat", "90 5 1900 1400 40 6 700 2400 0 2000 3000 0 0 0 0\n"},
      {"/proc/net/dev",
       "Inter-|   Receive                                                |  Transmit\n"
       " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs "
       "drop fifo colls carrier compressed\n"
       "    lo:     100       1    0    0    0     0          0         0      100       1    0    "
       "0    0     0       0          0\n"
       "  eth0: 1234567    8901    2    3    0     0          0         0   765432    1098    4    "
       "5    0     0       0          0\n"},
      {"/proc/filesystems", "nodev\tsysfs\nnodev\ttmpfs\n\text4\n\tvfat\nnodev\tnfs4\n"},
      {"/proc/self/mountinfo",
       "22 1 179:1 / / rw,relatime shared:1 - ext4 /dev/mmcblk0p1 rw\n"
       "23 22 0:5 / /proc rw - proc proc rw\n"
       "24 22 179:1 /var /bind rw - ext4 /dev/mmcblk0p1 rw\n"
       "25 22 8:1 / /media/a\\040card ro,noatime - vfat /dev/sda1 ro\n"
       "26 22 0:40 / /mnt/nfs rw - nfs4 server:/ rw\n"
       "27 22 0:41 / /run rw - tmpfs tmpfs rw\n"}};
  input.seconds_since_boot = 12345.6789;
  input.usages["/"] = {.total_bytes = 1000, .free_bytes = 400, .available_bytes = 350};
  input.usages["/media/a card"] = {.total_bytes = 500, .free_bytes = 0, .available_bytes = 0};
  input.usages["/mnt/nfs"] = {.total_bytes = 1};
  return input;
}

SystemOptions All() {
  return {.include = kAllParts,
          .disks = {.exclude = {"loop*"}},
          .exclude_types = {"overlay"},
          .interfaces = {.exclude = {"lo"}}};
}

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
  input.usages["/mnt"] = {.total_bytes = 1};
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
