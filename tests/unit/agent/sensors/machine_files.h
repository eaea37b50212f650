// The files of a small machine: one disk and its partition, a card, two interfaces, two cores.
#pragma once

#include <string>
#include <vector>

#include "tests/unit/agent/sensors/text_input.h"

namespace godwit::agent {

inline const std::vector<std::string> kAllParts = {
    "cpu", "load", "memory", "paging", "disk", "filesystem", "network", "processes", "uptime"};

inline TextInput Machine() {
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
  input.usages["/"] =
      FileSystemUsage{.total_bytes = 1000, .free_bytes = 400, .available_bytes = 350};
  input.usages["/media/a card"] =
      FileSystemUsage{.total_bytes = 500, .free_bytes = 0, .available_bytes = 0};
  input.usages["/mnt/nfs"] = FileSystemUsage{.total_bytes = 1};
  return input;
}

inline SystemOptions All() {
  return {.include = kAllParts,
          .disks = {.exclude = {"loop*"}},
          .exclude_types = {"overlay"},
          .interfaces = {.exclude = {"lo"}}};
}

}  // namespace godwit::agent
