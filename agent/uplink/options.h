// What the uplink is told by the settings.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/backoff.h"
#include "base/names.h"

namespace godwit::agent {

struct Identity {
  std::string device_id;
  std::string device_name;
  std::map<std::string, std::string> labels;
  BootId boot_id;
  std::string agent_version;
  // What it runs with, for whoever looks at it from afar; no secrets, no paths of keys.
  std::vector<std::pair<std::string, std::string>> settings;
};

struct UploadOptions {
  absl::Duration stream_period = absl::Seconds(30);
  BackoffOptions backoff;
};

}  // namespace godwit::agent
