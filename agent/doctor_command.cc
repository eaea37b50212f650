#include "agent/doctor_command.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "agent/assembly.h"
#include "agent/key_access.h"
#include "agent/run_plan.h"
#include "agent/sensor_command.h"
#include "agent/shared_identity.h"
#include "agent/uplink/grpc/try_connecting.h"
#include "base/exit_code.h"
#include "base/foreign_text.h"
#include "base/text.h"
#include "platform/linux/file_owner.h"
#include "platform/linux/folder_access.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/path_facts.h"
#include "platform/linux/user_table.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kConnectPatience = absl::Seconds(16);
static_assert(kDnsPatience < kConnectPatience, "a silent DNS server is named as such");
constexpr size_t kDetailBytesMax = 64 * 1024;
constexpr std::string_view kOwnerRemedy =
    "give it to the agent's user (chown -R), or run this command as that user";

// One line a finding, as it is found.
class Findings {
 public:
  void Good(std::string_view what, std::string_view text) { Line("good", what, text); }
  // Works, and somebody may want to know.
  void Note(std::string_view what, std::string_view text) { Line("note", what, text); }
  void Bad(std::string_view what, std::string_view text) {
    bad_ = true;
    Line("BAD ", what, text);
  }
  // Several lines that belong to the finding above.
  void Detail(std::string_view lines) {
    std::printf("%s\n", CleanLines(WithHiddenTexts(lines), kDetailBytesMax).c_str());
  }
  bool bad() const { return bad_; }

 private:
  static void Line(const char* mark, std::string_view what, std::string_view text) {
    std::printf("%s  %-9s %s\n", mark, std::string(what).c_str(), ForeignText(text).c_str());
    std::fflush(stdout);
  }
  bool bad_ = false;
};

void ExamineSettings(const AgentSettings& settings, const Status& plan, Findings& findings) {
  std::string files;
  for (const std::string& file : settings.files) files += Cat(files.empty() ? "" : ", ", file);
  if (plan.ok()) return findings.Good("settings", files);
  findings.Bad("settings", Cat(files, ": the agent cannot run with these settings"));
  findings.Detail(Message(plan));
}

void ExamineIdentity(const AgentSettings& settings, Findings& findings) {
  const auto identity = MakeIdentity(settings);
  if (!identity.ok()) {
    return findings.Bad("identity", Cat(Message(identity.status()),
                                        "; set agent.id to a name that no other device has"));
  }
  if (const std::string shared = SharedIdentity(identity->device_id); !shared.empty()) {
    return findings.Bad("identity", shared);
  }
  findings.Good("identity", Cat(identity->device_id, " (", identity->device_name, ")"));
}

void ExamineClock(Findings& findings) {
  constexpr std::string_view kWithout = "; the collector corrects the times later";
  switch (LinuxClock().WallSource()) {
    case TimeSource::kKernel:
      return findings.Good("clock",
                           "synchronised: the kernel reports that a program adjusts the clock");
    case TimeSource::kErrorBound:
      return findings.Good("clock",
                           "synchronised: a program maintains the kernel's error bound, as chrony "
                           "does without 'rtcsync'");
    case TimeSource::kTimesyncd:
      return findings.Good("clock",
                           "synchronised by systemd-timesyncd; the kernel does not answer");
    case TimeSource::kNone:
      return findings.Note("clock", Cat("not synchronised: no time source adjusts the clock (is "
                                        "chrony or systemd-timesyncd running?)",
                                        kWithout));
    case TimeSource::kUnknown:
      return findings.Note("clock",
                           Cat("counts as not synchronised: the kernel does not answer (a sandbox "
                               "that refuses clock_adjtime?), and systemd-timesyncd has not "
                               "synchronised it recently",
                               kWithout));
  }
}

void ExamineState(const AgentSettings& settings, const Status& owner, Findings& findings) {
  if (!owner.ok()) return findings.Bad("user", Message(owner));
  if (const Status status = CheckAccess(settings.state); !status.ok()) {
    return findings.Bad("state", Cat(Message(status), "; ", kOwnerRemedy));
  }
  findings.Good("state", settings.state);
}

void ExamineSpool(const AgentSettings& settings, Findings& findings) {
  const std::string& path = settings.spool_path;
  const auto owner = OwnerOf(path);
  if (!owner.ok()) return findings.Bad("spool", Message(owner.status()));
  if (const Status status = CheckAccess(path); !status.ok()) {
    return findings.Bad("spool", Cat(Message(status), "; ", kOwnerRemedy, ", or set spool.path"));
  }
  const auto space = LinuxFileSystem().FreeSpace(owner->path);
  if (!space.ok()) return findings.Bad("spool", Message(space.status()));
  const auto reserve =
      static_cast<ByteCount>(static_cast<double>(space->total) * settings.spool_reserve_free);
  const std::string text = Cat(path, ", up to ", SizeText(settings.spool_max_bytes), "; ",
                               RoundSizeText(space->available), " free");
  if (space->available < reserve) {
    return findings.Bad("spool", Cat(text, ", less than spool.reserve_free: it cannot grow"));
  }
  if (space->available - reserve < settings.spool_max_bytes) {
    return findings.Note(
        "spool",
        Cat(text,
            ": the disk fills up before the spool does; free space or lower spool.max_bytes"));
  }
  findings.Good("spool", text);
}

void ExamineKey(const AgentSettings& settings, Findings& findings) {
  const std::string& path = settings.tls.key;
  const auto facts = FactsOfPath(path);
  if (path.empty() || !facts) return;  // one that cannot be read is a finding of the settings
  const RunsAs agent{.user = NameOfUser(geteuid()), .group = NameOfGroup(getegid())};
  const std::string exposure = KeyExposure(*facts, agent);
  if (exposure.empty()) return findings.Good("key", path);
  findings.Bad(
      "key", Cat(path, " ", exposure, "; anybody who reads it can send as this device; run: chown ",
                 agent.user, " ", path, " && chmod 600 ", path));
}

void ExamineUpload(const StatusOr<RunPlan>& plan, Findings& findings) {
  if (!plan.ok()) return findings.Note("upload", "not tried: the settings have errors");
  const ChannelOptions& channel = plan->channel;
  if (channel.endpoint.empty()) {
    return findings.Note("upload",
                         "no upload.endpoint is set: the agent keeps samples and sends nothing");
  }
  const LinuxClock clock;
  const Status status = TryConnecting(channel, clock, kConnectPatience);
  if (!status.ok()) return findings.Bad("upload", Message(status));
  findings.Good("upload", Cat("connected to ", channel.endpoint,
                              channel.ca.empty() ? ", in plaintext" : ", over TLS"));
}

void ExamineSensors(const AgentSettings& settings, ProgramRunner& programs, Findings& findings) {
  const auto checks = CheckSensors(settings, "", programs);
  if (!checks.ok()) return findings.Bad("sensors", Message(checks.status()));
  if (checks->empty())
    return findings.Bad("sensors", "the settings have no sensors: nothing is sampled");
  for (const SensorCheck& check : *checks) {
    size_t series = 0;
    for (const Table& table : check.groups) series += table.series.size();
    const std::string text = Cat(check.name, ": ", series, " series");
    if (check.status.ok()) {
      findings.Good("sensor", text);
    } else {
      findings.Bad("sensor", Cat(check.name, ": ", Message(check.status)));
    }
  }
}

}  // namespace

int RunDoctorCommand(const AgentSettings& settings, const Status& owner, ProgramRunner& programs) {
  Findings findings;
  const auto plan = PlanRun(settings);
  ExamineSettings(settings, plan.status(), findings);
  ExamineIdentity(settings, findings);
  ExamineClock(findings);
  ExamineState(settings, owner, findings);
  ExamineSpool(settings, findings);
  ExamineSensors(settings, programs, findings);
  ExamineKey(settings, findings);
  ExamineUpload(plan, findings);
  return findings.bad() ? kExitFailed : kExitOk;
}

}  // namespace godwit::agent
