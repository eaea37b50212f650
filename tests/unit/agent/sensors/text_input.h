// The kernel's files as a map; a test changes them between readings.
#pragma once

#include <map>
#include <set>
#include <string>

#include "agent/sensors/factories.h"
#include "base/check.h"
#include "base/text.h"

namespace godwit::agent {

class TextInput final : public SensorInput {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> links;
  std::map<std::string, Status> failing;                    // files whose reading fails
  std::map<std::string, StatusOr<FileSystemUsage>> usages;  // by mount point
  std::vector<MountedFileSystem> asked;                     // so far
  std::set<std::string> announced;  // files that changed; asking takes them out
  Status lists;                     // what listing a folder says
  double seconds_since_boot = 0;
  int opened = 0;

  StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) override {
    if (!files.contains(path)) return Error(StatusCode::kNotFound, Cat("open ", path));
    ++opened;
    announced.erase(path);
    return std::make_unique<File>(*this, path);
  }

  StatusOr<std::unique_ptr<SensorFile>> OpenRecord(const std::string& path) override {
    return Open(path);
  }

  StatusOr<std::vector<std::string>> List(const std::string& folder) override {
    GODWIT_RETURN_IF_ERROR(lists);
    std::set<std::string> names;
    for (const auto& [path, text] : files) {
      if (!path.starts_with(folder + "/")) continue;
      const std::string rest = path.substr(folder.size() + 1);
      names.insert(rest.substr(0, rest.find('/')));
    }
    if (names.empty()) return Error(StatusCode::kNotFound, Cat("list ", folder));
    return std::vector<std::string>(names.begin(), names.end());
  }

  StatusOr<std::string> LinkTarget(const std::string& path) override {
    const auto found = links.find(path);
    if (found == links.end()) return Error(StatusCode::kNotFound, Cat("read link ", path));
    return found->second;
  }

  std::vector<StatusOr<FileSystemUsage>> UsagesOf(
      const std::vector<MountedFileSystem>& mounts) override {
    std::vector<StatusOr<FileSystemUsage>> answers;
    for (const MountedFileSystem& mounted : mounts) {
      asked.push_back(mounted);
      const auto found = usages.find(mounted.point);
      if (found == usages.end()) {
        answers.emplace_back(Error(StatusCode::kNotFound, Cat("statvfs ", mounted.point)));
      } else {
        answers.push_back(found->second);
      }
    }
    return answers;
  }

  double SecondsSinceBoot() override { return seconds_since_boot; }

 private:
  // As in sysfs, a file whose device has gone cannot be read any more.
  class File final : public SensorFile {
   public:
    File(TextInput& input, std::string path) : input_(input), path_(std::move(path)) {}
    StatusOr<std::string_view> Read() override {
      if (input_.failing.contains(path_)) return input_.failing[path_];
      const auto found = input_.files.find(path_);
      if (found == input_.files.end()) return Error(StatusCode::kNotFound, Cat("read ", path_));
      return std::string_view(found->second);
    }
    bool ChangeAnnounced() override { return input_.announced.erase(path_) > 0; }

   private:
    TextInput& input_;
    std::string path_;
  };
};

// Lanes that run on the caller's thread.
inline DeviceOptions InPlace(Attributes attributes = {}) {
  return {.lanes = {.make_lane = [] { return [](Executor::Task task) { task(); }; },
                    .wait = absl::Seconds(4),
                    .age_max = absl::Seconds(5)},
          .attributes = std::move(attributes)};
}

inline Readings EmptyFor(const Sensor& sensor) {
  Readings readings;
  for (const Table& table : sensor.groups()) readings.emplace_back(table.series.size());
  return readings;
}

// Reads once: each series with its value. Whether the shapes agree is checked.
struct Seen {
  Status status;
  std::map<std::string, Value> values;
  Value operator[](const std::string& series) const {
    const auto found = values.find(series);
    return found == values.end() ? Value("no such series") : found->second;
  }
};

inline Seen ReadOnce(Sensor& sensor, uint64_t number = 1) {
  Readings readings = EmptyFor(sensor);
  const auto second = static_cast<int64_t>(number) * 1'000'000'000;
  Seen seen{.status = sensor.Read({.number = number, .time_unix_ns = second}, readings)};
  GODWIT_CHECK(readings.size() == sensor.groups().size());
  for (size_t g = 0; g < readings.size(); ++g) {
    GODWIT_CHECK(readings[g].size() == sensor.groups()[g].series.size());
    for (size_t i = 0; i < readings[g].size(); ++i) {
      seen.values[SeriesText(sensor.groups()[g].series[i])] = readings[g][i];
    }
  }
  return seen;
}

}  // namespace godwit::agent
