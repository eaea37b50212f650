// The operator's commands: each asks the collector and writes rows to standard output. Returns what
// main exits with an error for.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "cli/client/fleet_client.h"
#include "cli/output.h"

namespace godwit::cli {

struct SampleSelection {
  std::string device;
  std::string glob;
  absl::Duration since = absl::InfiniteDuration();  // back from now; infinite: everything
};

[[nodiscard]] Status DeviceLs(FleetClient& client, Format format, absl::Time now);
[[nodiscard]] Status Latest(FleetClient& client, Format format, const SampleSelection& selection,
                            absl::Time now);
[[nodiscard]] Status Export(FleetClient& client, Format format, const SampleSelection& selection,
                            absl::Time now);
[[nodiscard]] Status Gaps(FleetClient& client, Format format, const SampleSelection& selection,
                          absl::Time now);

}  // namespace godwit::cli
