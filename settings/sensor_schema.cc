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
     .text = "what reports call it; unique for its type, which is the default",
     .reported = true,
     .common = true,
     .example = "\"boiler\""},
    {.key = "interval",
     .type = kDuration,
     .text = "how often it is read; agent.interval when it is not said",
     .min = "10ms",
     .max = "1d",
     .common = true,
     .example = "\"10s\""},
    {.key = "timeout",
     .type = kDuration,
     .fallback = "\"5s\"",
     .text = "a reading that takes longer is given up; of sensors that can block",
     .min = "10ms",
     .max = "1h",
     .common = true},
    {.key = "enabled",
     .type = kBool,
     .fallback = "true",
     .text = "false: as if it were not here",
     .common = true},
    {.key = "attributes",
     .type = kStringMap,
     .fallback = "{}",
     .text = "added to each of its series, such as { site = \"plant-7\" }",
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
  return {{.key = "metric",
           .type = kString,
           .text = "the series' name",
           .required = true,
           .reported = true,
           .example = "\"boiler.pressure\""},
          {.key = "unit",
           .type = kString,
           .fallback = "\"1\"",
           .text = "in UCUM: \"Cel\", \"V\", \"By\", \"s\"",
           .reported = true},
          {.key = "kind",
           .type = kChoice,
           .fallback = "\"gauge\"",
           .text = "how it behaves; a counter only rises, an updown is a sum that also falls",
           .choices = {"gauge", "counter", "updown"}},
          {.key = "scale",
           .type = kNumber,
           .fallback = "1.0",
           .text = "the number read is multiplied by it"},
          {.key = "resolution",
           .type = kNumber,
           .fallback = "0.0",
           .text = "values are rounded to multiples of it; 0: every bit is kept",
           .min = "0"}};
}

SettingsSection System() {
  return SensorSection(
      "sensors.system", "This machine",
      {{.key = "include",
        .type = kStrings,
        .fallback = "[\"cpu\", \"load\", \"memory\", \"paging\", \"disk\", \"filesystem\", "
                    "\"network\", \"processes\", \"uptime\"]",
        .text = "what is read",
        .choices = {"cpu", "load", "memory", "paging", "disk", "filesystem", "network", "processes",
                    "uptime"}},
       {.key = "cpu.per_core",
        .type = kBool,
        .fallback = "false",
        .text = "true: the cpu's time also by core"},
       {.key = "disk.include",
        .type = kStrings,
        .fallback = "[\"*\"]",
        .text = "of which disks, by patterns with * and ?"},
       {.key = "disk.exclude",
        .type = kStrings,
        .fallback = "[\"loop*\", \"ram*\", \"zram*\", \"sr*\", \"fd*\"]",
        .text = "of which not"},
       {.key = "filesystem.include",
        .type = kStrings,
        .fallback = "[\"*\"]",
        .text = "of which mount points"},
       {.key = "filesystem.exclude",
        .type = kStrings,
        .fallback = "[\"/run/*\", \"/var/lib/docker/*\", \"/snap/*\"]",
        .text = "of which not"},
       {.key = "filesystem.exclude_types",
        .type = kStrings,
        .fallback = "[\"overlay\", \"tmpfs\", \"squashfs\", \"iso9660\", \"fuse*\"]",
        .text = "of which types not; types without a disk of their own never are"},
       {.key = "filesystem.every",
        .type = kInteger,
        .fallback = "10",
        .text = "ticks from one reading of the file systems to the next",
        .min = "1",
        .max = "3600"},
       {.key = "network.include",
        .type = kStrings,
        .fallback = "[\"*\"]",
        .text = "of which interfaces"},
       {.key = "network.exclude",
        .type = kStrings,
        .fallback = "[\"lo\", \"veth*\", \"docker*\", \"br-*\", \"cali*\", \"cni*\"]",
        .text = "of which not"},
       {.key = "paging.every",
        .type = kInteger,
        .fallback = "10",
        .text = "ticks from one reading of swap and page faults to the next",
        .min = "1",
        .max = "3600"}},
      /*sampled=*/true);
}

SettingsSection File() {
  std::vector<Setting> own = {{.key = "path",
                               .type = kString,
                               .text = "any file that begins with a number: sysfs, procfs",
                               .required = true,
                               .example = "\"/sys/bus/iio/devices/iio:device0/in_voltage0_raw\"",
                               .traits = {.path = PathUse::kRead}}};
  const std::vector<Setting> number = NumberSettings();
  own.insert(own.end(), number.begin(), number.end());
  return SensorSection("sensors.file", "A number in a file", std::move(own));
}

SettingsSection Exec() {
  return SensorSection(
      "sensors.exec", "What a program prints",
      {{.key = "command",
        .type = kStrings,
        .text = "the program by its full path, and its arguments; no shell is involved",
        .required = true,
        .example = "[\"/usr/local/bin/read-meter\", \"--all\"]",
        .traits = {.path = PathUse::kRun, .by_full_name_only = true}},
       {.key = "format",
        .type = kChoice,
        .fallback = "\"lines\"",
        .text = "of its output: lines of `name value`, or a JSON object a line",
        .choices = {"lines", "json"}},
       {.key = "environment",
        .type = kStringMap,
        .fallback = "{}",
        .text = "all it finds there besides PATH",
        .traits = {.by_full_name_only = true}},
       {.key = "max_series",
        .type = kInteger,
        .fallback = "200",
        .text = "what is beyond is counted and not sampled",
        .min = "1",
        .max = "4096"}});
}

SettingsSection Statsd() {
  return SensorSection("sensors.statsd",
                       "What programs on this machine send by UDP (statsd: c, g, ms, s)",
                       {{.key = "listen",
                         .type = kString,
                         .fallback = "\"127.0.0.1:8125\"",
                         .text = "an address of this machine's loopback and a port",
                         .traits = {.is_listened_at = true}},
                        {.key = "max_series",
                         .type = kInteger,
                         .fallback = "1000",
                         .text = "what is beyond is counted and not sampled",
                         .min = "1",
                         .max = "4096"}});
}

SettingsSection Replay() {
  return SensorSection(
      "sensors.replay", "Recorded values: a CSV file, a column a series, a line a tick",
      {{.key = "path",
        .type = kString,
        .text = "its first line names the columns",
        .required = true,
        .example = "\"/var/lib/godwit/recorded.csv\"",
        .traits = {.path = PathUse::kRead}},
       {.key = "repeat",
        .type = kBool,
        .fallback = "true",
        .text = "begin again after the last line; false: nothing is sampled from there on"}});
}

SettingsSection Pattern() {
  return SensorSection("sensors.pattern", "Computed values, for trying things out",
                       {{.key = "series",
                         .type = kInteger,
                         .fallback = "1",
                         .text = "attribute index = 0 … series - 1",
                         .min = "1",
                         .max = "20000"},
                        {.key = "shape",
                         .type = kChoice,
                         .fallback = "\"count\"",
                         .text = "the number of the tick, a smooth gauge, a state",
                         .choices = {"count", "sine", "square"}},
                        {.key = "resolution",
                         .type = kNumber,
                         .fallback = "0.0",
                         .text = "values are rounded to multiples of it; 0: every bit is kept",
                         .min = "0"}});
}

}  // namespace

std::vector<SettingsSection> SensorSections() {
  return {System(),
          SensorSection("sensors.agent",
                        "The agent itself: its spool, its upload, its sensors, its CPU", {},
                        /*sampled=*/true),
          SensorSection("sensors.thermal", "Temperatures of the kernel's thermal zones", {}),
          SensorSection("sensors.hwmon", "Temperatures, voltages, fans, power of hwmon chips", {}),
          SensorSection("sensors.power", "Batteries, mains, and a Raspberry Pi's undervoltage", {}),
          SensorSection("sensors.wear", "How worn eMMC and NVMe flash is", {}),
          File(),
          Exec(),
          Statsd(),
          Replay(),
          Pattern()};
}

}  // namespace godwit
