#include "agent/sandbox.h"

#include <charconv>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "settings/named_paths.h"

namespace godwit::agent {
namespace {

// As the shipped service has them.
constexpr std::string_view kUser = "godwit";
constexpr std::string_view kState = "/var/lib/godwit";
constexpr unsigned kRead = 4;
constexpr unsigned kExecute = 1;
// Ports below are the kernel's to grant.
constexpr int kFirstFreePort = 1024;

bool IsBeneath(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

// Lines of a drop-in, each directive once, with the reasons in front of it.
class DropIn {
 public:
  void Need(const std::string& directive, const std::string& reason) {
    auto& reasons = needs_[directive];
    if (reasons.empty()) order_.push_back(directive);
    reasons.insert(reason);
  }
  void Note(const std::string& note) { notes_ += Cat("# ", note, "\n"); }

  std::string Text() const {
    std::string text = notes_;
    if (order_.empty()) return text + "# Nothing beyond the shipped service.\n";
    text += "[Service]\n";
    for (const std::string& directive : order_) {
      for (const std::string& reason : needs_.at(directive)) text += Cat("# ", reason, "\n");
      text += directive + "\n";
    }
    return text;
  }

 private:
  std::vector<std::string> order_;
  std::map<std::string, std::set<std::string>> needs_;
  std::string notes_;
};

// Who is to reach a path, and why.
struct Use {
  std::string who;
  std::string path;
  unsigned right = kRead;
};

void AddPermission(const Use& use, const PathFacts& facts, DropIn& out) {
  const bool by_owner = facts.owner == kUser && (facts.mode >> 6 & use.right) != 0;
  const bool by_group = (facts.mode >> 3 & use.right) != 0;
  if (by_owner || (facts.mode & use.right) != 0 || (by_group && facts.group == kUser)) return;
  if (by_group && facts.group != "root") {
    return out.Need(Cat("SupplementaryGroups=", facts.group),
                    Cat(use.who, ": ", use.path, " is for the group ", facts.group));
  }
  out.Note(Cat(use.who, ": ", use.path, " (owner ", facts.owner, ", group ", facts.group,
               ") is not accessible to the user ", kUser,
               "; change that with a rule of udev or tmpfiles"));
}

void AddPath(const Use& use, const InspectPath& inspect, DropIn& out) {
  const std::string why = Cat(use.who, ": ", use.path);
  if (IsBeneath(use.path, "/tmp") || IsBeneath(use.path, "/var/tmp")) {
    out.Need("PrivateTmp=no", why);
  }
  const auto facts = inspect(use.path);
  if (!facts) return out.Note(Cat(why, " does not exist now, or cannot be inspected"));
  if (facts->is_device) {
    out.Need("PrivateDevices=no", why);
    out.Need(Cat("DeviceAllow=", use.path, " r"), why);
  }
  AddPermission(use, *facts, out);
}

void AddProgram(const Use& use, const InspectPath& inspect, DropIn& out) {
  AddPath(use, inspect, out);
  out.Note(Cat(use.who, " runs ", use.path,
               " inside the sandbox; add what that program needs beyond it"));
}

void AddListening(const std::string& who, const std::string& address, DropIn& out) {
  int port = kFirstFreePort;
  std::from_chars(address.data() + address.rfind(':') + 1, address.data() + address.size(), port);
  if (port >= kFirstFreePort) return;
  const std::string why = Cat(who, " listens at ", address);
  out.Need("AmbientCapabilities=CAP_NET_BIND_SERVICE", why);
  out.Need("CapabilityBoundingSet=CAP_NET_BIND_SERVICE", why);
}

// What is read and run. `who` empty: each path is its setting's.
void AddPaths(const std::string& who, const std::vector<NamedPath>& paths,
              const InspectPath& inspect, DropIn& out) {
  for (const NamedPath& named : paths) {
    if (named.path.empty()) continue;
    const std::string& by = who.empty() ? named.setting : who;
    if (named.use == PathUse::kRead) AddPath({by, named.path}, inspect, out);
    if (named.use == PathUse::kRun) AddProgram({by, named.path, kExecute}, inspect, out);
  }
}

void AddSensor(const SensorSettings& sensor, const InspectPath& inspect, DropIn& out) {
  const std::string who = Cat(sensor.type, "/", sensor.name);
  const SettingsSection& section = *AgentSchema().Find(Cat("sensors.", sensor.type));
  AddPaths(who, PathsIn(section, sensor.own), inspect, out);
  for (const Setting& setting : section.settings) {
    if (setting.traits.is_listened_at) AddListening(who, sensor.own.String(setting.key), out);
  }
}

}  // namespace

std::string SandboxText(const AgentSettings& settings, const InspectPath& inspect) {
  DropIn out;
  for (const auto& [name, path] :
       {std::pair{"agent.state", settings.state}, {"spool.path", settings.spool_path}}) {
    if (IsBeneath(path, kState)) continue;
    out.Need(Cat("ReadWritePaths=", path), Cat(name, ": ", path));
    if (IsBeneath(path, "/home") || IsBeneath(path, "/root") || IsBeneath(path, "/run/user")) {
      out.Need("ProtectHome=no", Cat(name, ": ", path));
    }
  }
  for (const SettingsSection& section : AgentSchema().sections) {
    if (section.repeated) continue;
    AddPaths("", PathsIn(section, settings.checked.sections.at(std::string(section.path))), inspect,
             out);
  }
  for (const SensorSettings& sensor : settings.sensors) {
    if (sensor.enabled) AddSensor(sensor, inspect, out);
  }
  for (const auto& [name, program] : settings.remote_programs) {
    AddProgram({Cat("remote.programs.", name), program.program(), kExecute}, inspect, out);
  }
  return out.Text();
}

}  // namespace godwit::agent
