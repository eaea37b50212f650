#include "tests/sim/sim_settings.h"

#include "base/text.h"
#include "base/units.h"
#include "settings/pushed.h"
#include "tests/sim/sim_machine.h"

namespace godwit::sim {
namespace {

using agent::Revision;

std::string Sensor(const std::string& name, absl::Duration interval) {
  return Cat("[[sensors.pattern]]\nname = \"", name, "\"\ninterval = \"", DurationText(interval),
             "\"\n");
}

std::string Endpoint(const std::string& endpoint) {
  return Cat("[upload]\nendpoint = \"", endpoint, "\"\n");
}

std::string PushedTextOf(const Revision& revision) {
  const std::string kind = KindOf(revision);
  if (kind == "broken") return "broken";
  if (kind == "moved") return Endpoint(kMovedEndpoint);
  if (kind == "dead") return Endpoint(kDeadEndpoint);
  if (kind == "harmful" || kind == "slow") return Sensor(kind, absl::Hours(1));
  return "[batch]\nperiod = \"8s\"\n";
}

}  // namespace

std::string KindOf(const Revision& revision) {
  return revision.text.substr(0, revision.text.find(' '));
}

Revision RevisionOf(const AgentSettings& settings) {
  const auto id = settings.labels.find("revision");
  if (id == settings.labels.end()) return {};
  return {.id = id->second, .text = settings.labels.at("text")};
}

std::string SimSettings::OwnText() const {
  std::string text = Cat(
      "[agent]\nid = \"", SimMachine::kDeviceId, "\"\nname = \"version ", version_, "\"\n",
      "[batch]\nperiod = \"", DurationText(options_.batch_period), "\"\n", Endpoint(kHomeEndpoint),
      "[spool]\npath = \"/spool\"\nwhen_full = \"",
      options_.when_full == agent::WhenFull::kDropNewest ? "drop-newest" : "drop-oldest", "\"\n",
      "[remote]\ncommands = [\"ping\"]\nfallback_after = \"", DurationText(kFallbackAfter),
      "\"\nconfig.enabled = ", options_.configured ? "true" : "false", "\nconfig.confirm = \"",
      DurationText(SimMachine::kConfirm), "\"\n", Sensor("count", SimMachine::kTickInterval));
  if (options_.counts_only) return text;
  return Cat(text, Sensor("mixed", absl::Seconds(7)), Sensor("interfaces", absl::Seconds(5)));
}

StatusOr<AgentSettings> SimSettings::LoadOwn() {
  if (broken_) return Error(StatusCode::kInvalidArgument, "agent.toml:1: broken");
  if (own_) return *own_;
  const SettingsSources own = {
      std::make_shared<SourceFile>(SourceFile{.name = "agent.toml", .text = OwnText()})};
  GODWIT_ASSIGN_OR_RETURN(own_, LoadOffered(own, {}));
  return *own_;
}

StatusOr<AgentSettings> SimSettings::LoadOffered(const SettingsSources& own,
                                                 const Revision& revision) {
  const SettingsDependencies world{.files = disk_, .environment = {}};
  if (revision.id.empty()) {
    GODWIT_ASSIGN_OR_RETURN(AgentSettings settings, LoadAgentSettings(own, world));
    return Adapt(std::move(settings), revision);
  }
  GODWIT_ASSIGN_OR_RETURN(
      AgentSettings settings,
      LoadAgentSettings(own, world,
                        {.name = RevisionName(revision.id), .text = PushedTextOf(revision)}));
  return Adapt(std::move(settings), revision);
}

// What no settings file can say: a spool smaller than any real one. And which revision it is.
AgentSettings SimSettings::Adapt(AgentSettings settings, const Revision& revision) const {
  settings.spool_max_bytes = options_.spool_bytes;
  settings.state.clear();  // the root of the disk
  if (!revision.id.empty()) settings.labels = {{"revision", revision.id}, {"text", revision.text}};
  return settings;
}

StatusOr<agent::RunPlan> SimSettings::Plan(const AgentSettings& settings) {
  return agent::RunPlan{.identity = *FindIdentity(settings), .channel = *FindChannel(settings)};
}

StatusOr<agent::Identity> SimSettings::FindIdentity(const AgentSettings& settings) {
  return agent::Identity{
      .device_id = settings.id, .device_name = settings.name, .boot_id = boot_id_};
}

StatusOr<agent::ChannelOptions> SimSettings::FindChannel(const AgentSettings& settings) {
  return agent::ChannelOptions{.endpoint = settings.upload_endpoint};
}

}  // namespace godwit::sim
