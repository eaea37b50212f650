// The settings of a simulated device: its own file, of which there are versions, and what pushed
// configurations change. The first word of a revision's text says it:
//
//   good     another batch period     broken   is refused by the parser
//   slow     a sensor that is not read before the trial is over
//   harmful  a sensor that takes memory within seconds
//   moved    another endpoint         dead     an endpoint where nobody answers
//   crash    the agent dies within seconds of running it
//   later    the same, once it is confirmed
#pragma once

#include <optional>
#include <string>

#include "agent/device/ports.h"
#include "tests/sim/sim_file_system.h"

namespace godwit::sim {

struct MachineOptions;

inline constexpr char kHomeEndpoint[] = "localhost:7443";
inline constexpr char kMovedEndpoint[] = "localhost:7444";
inline constexpr char kDeadEndpoint[] = "localhost:9";
// The time without a session after which a device tries a fallback connection.
inline constexpr absl::Duration kFallbackAfter = absl::Minutes(10);

std::string KindOf(const agent::Revision& revision);

// The revision that settings were loaded with; of no id: the device's own file alone.
agent::Revision RevisionOf(const AgentSettings& settings);

class SimSettings final : public agent::SettingsLoader {
 public:
  // All of it outlives this.
  SimSettings(const MachineOptions& options, SimFileSystem& disk, const BootId& boot_id)
      : options_(options), disk_(disk), boot_id_(boot_id) {}

  // The owner writes the next version of the device's file.
  void Edit() {
    ++version_;
    own_.reset();
  }
  // The owner writes what no agent takes; or mends it.
  void SetBroken(bool broken) { broken_ = broken; }

  StatusOr<AgentSettings> LoadOwn() override;
  StatusOr<AgentSettings> LoadOffered(const SettingsSources& own,
                                      const agent::Revision& revision) override;
  StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own,
                                         const agent::Revision& revision) override {
    return LoadOffered(own, revision);
  }
  StatusOr<agent::RunPlan> Plan(const AgentSettings& settings) override;
  StatusOr<agent::Identity> FindIdentity(const AgentSettings& settings) override;
  StatusOr<agent::ChannelOptions> FindChannel(const AgentSettings& settings) override;

 private:
  std::string OwnText() const;
  AgentSettings Adapt(AgentSettings settings, const agent::Revision& revision) const;

  const MachineOptions& options_;
  SimFileSystem& disk_;
  const BootId& boot_id_;
  int version_ = 0;
  bool broken_ = false;
  std::optional<AgentSettings> own_;  // of that version; parsing takes longer than a start
};

}  // namespace godwit::sim
