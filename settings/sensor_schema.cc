// What each type of sensor takes: a section each.
#include "settings/sensor_schema.h"

#include <string_view>
#include <utility>

namespace godwit {
namespace {

using enum SettingType;

// What every sensor takes, behind what its type takes.
const std::vector<Setting> kCommon = {
    {.key = "name",
     .type = kString,
     .text = "name in reports, unique among the sensors of this type; default: the type",
     .reported = true,
     .common = true,
     .example = "\"boiler\""},
    {.key = "interval",
     .type = kDuration,
     .text = "sampling interval; default: agent.interval",
     .min = "10ms",
     .max = "1d",
     .common = true,
     .example = "\"10s\""},
    {.key = "timeout",
     .type = kDuration,
     .fallback = "\"5s\"",
     .text = "longest time that a reading may take; for sensors that can block",
     .min = "10ms",
     .max = "1h",
     .common = true},
    {.key = "enabled",
     .type = kBool,
     .fallback = "true",
     .text = "false: ignore this sensor",
     .common = true},
    {.key = "attributes",
     .type = kStringMap,
     .fallback = "{}",
     .text = "attributes to add to each of its series, such as { site = \"plant-7\" }",
     .reported = true,
     .common = true}};

SettingsSection SensorSection(std::string_view path, std::string_view text,
                              std::vector<Setting> settings, bool sampled = false) {
  settings.insert(settings.end(), kCommon.begin(), kCommon.end());
  return {.path = path,
          .text = text,
          .settings = std::move(settings),
          .repeated = true,
          .sampled = sampled};
}

// How one number becomes a series.
std::vector<Setting> NumberSettings() {
  return {
      {.key = "metric",
       .type = kString,
       .text = "name of the series",
       .required = true,
       .reported = true,
       .example = "\"boiler.pressure\""},
      {.key = "unit",
       .type = kString,
       .fallback = "\"1\"",
       .text = "unit in UCUM notation, such as \"Cel\", \"V\", \"By\" or \"s\"",
       .reported = true},
      {.key = "kind",
       .type = kChoice,
       .fallback = "\"gauge\"",
       .text =
           "behaviour of the value; a counter only rises, an updown is a sum that can also fall",
       .choices = {"gauge", "counter", "updown"}},
      {.key = "scale",
       .type = kNumber,
       .fallback = "1.0",
       .text = "factor that the number is multiplied by"},
      {.key = "resolution",
       .type = kNumber,
       .fallback = "0.0",
       .text = "values are rounded to multiples of this; 0: keep every bit",
       .min = "0"}};
}

SettingsSection System() {
  return SensorSection(
      "sensors.system", "Metrics of this machine",
      {{.key = "include",
        .type = kStrings,
        .fallback = "[\"cpu\", \"load\", \"memory\", \"paging\", \"disk\", \"filesystem\", "
                    "\"network\", \"processes\", \"uptime\"]",
        .text = "parts to read",
        .choices = {"cpu", "load", "memory", "paging", "disk", "filesystem", "network", "processes",
                    "uptime"}},
       {.key = "cpu.per_core",
        .type = kBool,
        .fallback = "false",
        .text = "true: also read the CPU time of each core"},
       {.key = "disk.include",
        .type = kStrings,
        .fallback = "[\"*\"]",
        .text = "disks to include; * and ? are wildcards"},
       {.key = "disk.exclude",
        .type = kStrings,
        .fallback = "[\"loop*\", \"ram*\", \"zram*\", \"sr*\", \"fd*\"]",
        .text = "disks to exclude"},
       {.key = "filesystem.include",
        .type = kStrings,
        .fallback = "[\"*\"]",
        .text = "mount points to include"},
       {.key = "filesystem.exclude",
        .type = kStrings,
        .fallback = "[\"/run/*\", \"/var/lib/docker/*\", \"/snap/*\"]",
        .text = "mount points to exclude"},
       {.key = "filesystem.exclude_types",
        .type = kStrings,
        .fallback = "[\"overlay\", \"tmpfs\", \"squashfs\", \"iso9660\", \"fuse*\"]",
        .text = "types of file system to exclude; types without a disk of their own are always "
                "excluded"},
       {.key = "filesystem.every",
        .type = kInteger,
        .fallback = "10",
        .text = "number of ticks between two readings of the file systems",
        .min = "1",
        .max = "3600"},
       {.key = "network.include",
        .type = kStrings,
        .fallback = "[\"*\"]",
        .text = "network interfaces to include"},
       {.key = "network.exclude",
        .type = kStrings,
        .fallback = "[\"lo\", \"veth*\", \"docker*\", \"br-*\", \"cali*\", \"cni*\"]",
        .text = "network interfaces to exclude"},
       {.key = "paging.every",
        .type = kInteger,
        .fallback = "10",
        .text = "number of ticks between two readings of swap and page faults",
        .min = "1",
        .max = "3600"}},
      /*sampled=*/true);
}

SettingsSection File() {
  std::vector<Setting> own = {
      {.key = "path",
       .type = kString,
       .text = "file that begins with a number, such as one in sysfs or procfs",
       .required = true,
       .example = "\"/sys/bus/iio/devices/iio:device0/in_voltage0_raw\"",
       .traits = {.path = PathUse::kRead}}};
  const std::vector<Setting> number = NumberSettings();
  own.insert(own.end(), number.begin(), number.end());
  return SensorSection("sensors.file", "A number in a file", std::move(own));
}

SettingsSection Exec() {
  return SensorSection(
      "sensors.exec", "Output of a program",
      {{.key = "command",
        .type = kStrings,
        .text = "absolute path of the program, then its arguments; no shell is involved",
        .required = true,
        .example = "[\"/usr/local/bin/read-meter\", \"--all\"]",
        .traits = {.path = PathUse::kRun, .by_full_name_only = true}},
       {.key = "format",
        .type = kChoice,
        .fallback = "\"lines\"",
        .text = "format of the output: lines of `name value`, or one JSON object per line",
        .choices = {"lines", "json"}},
       {.key = "environment",
        .type = kStringMap,
        .fallback = "{}",
        .text = "environment variables of the program; besides them it has only PATH",
        .traits = {.by_full_name_only = true}},
       {.key = "max_series",
        .type = kInteger,
        .fallback = "200",
        .text = "largest number of series; further series are counted but not sampled",
        .min = "1",
        .max = "4096"}});
}

SettingsSection Statsd() {
  return SensorSection(
      "sensors.statsd", "Metrics that programs on this machine send by UDP (StatsD: c, g, ms, s)",
      {{.key = "listen",
        .type = kString,
        .fallback = "\"127.0.0.1:8125\"",
        .text = "loopback address and port to listen on",
        .traits = {.is_listened_at = true}},
       {.key = "max_series",
        .type = kInteger,
        .fallback = "1000",
        .text = "largest number of series; further series are counted but not sampled",
        .min = "1",
        .max = "4096"}});
}

SettingsSection Replay() {
  return SensorSection(
      "sensors.replay", "Recorded values of a CSV file: one column per series, one line per tick",
      {{.key = "path",
        .type = kString,
        .text = "CSV file; its first line names the columns",
        .required = true,
        .example = "\"/var/lib/godwit/recorded.csv\"",
        .traits = {.path = PathUse::kRead}},
       {.key = "repeat",
        .type = kBool,
        .fallback = "true",
        .text = "true: start again after the last line; false: stop sampling there"}});
}

SettingsSection Pattern() {
  return SensorSection(
      "sensors.pattern", "Computed values, for tests",
      {{.key = "series",
        .type = kInteger,
        .fallback = "1",
        .text = "number of series; the attribute index runs from 0 to series - 1",
        .min = "1",
        .max = "20000"},
       {.key = "shape",
        .type = kChoice,
        .fallback = "\"count\"",
        .text = "value to compute: the number of the tick, a smooth gauge, or a state",
        .choices = {"count", "sine", "square"}},
       {.key = "resolution",
        .type = kNumber,
        .fallback = "0.0",
        .text = "values are rounded to multiples of this; 0: keep every bit",
        .min = "0"}});
}

}  // namespace

std::vector<SettingsSection> SensorSections() {
  return {
      System(),
      SensorSection("sensors.agent", "The agent itself: spool, upload, sensors, CPU", {},
                    /*sampled=*/true),
      SensorSection("sensors.thermal", "Temperatures of the kernel's thermal zones", {}),
      SensorSection("sensors.hwmon", "Temperatures, voltages, fans and power of hwmon chips", {}),
      SensorSection("sensors.power", "Batteries, mains power, and undervoltage of a Raspberry Pi",
                    {}),
      SensorSection("sensors.wear", "Wear of eMMC and NVMe flash", {}),
      File(),
      Exec(),
      Statsd(),
      Replay(),
      Pattern()};
}

}  // namespace godwit
