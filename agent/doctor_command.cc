#include "agent/doctor_command.h"

#include <cstdio>

#include "agent/assembly.h"
#include "agent/sensor_command.h"
#include "base/exit_code.h"
#include "base/text.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"

namespace godwit::agent {
namespace {

constexpr absl::Duration kConnectPatience = absl::Seconds(10);

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
  bool bad() const { return bad_; }

 private:
  static void Line(const char* mark, std::string_view what, std::string_view text) {
    std::printf("%s  %-9s %s\n", mark, std::string(what).c_str(), std::string(text).c_str());
    std::fflush(stdout);
  }
  bool bad_ = false;
};

void ExamineIdentity(const AgentSettings& settings, Findings& findings) {
  const auto identity = MakeIdentity(settings);
  if (!identity.ok()) {
    return findings.Bad("identity", Cat(Message(identity.status()),
                                        "; set agent.id to a name that no other device has"));
  }
  findings.Good("identity", Cat(identity->device_id, " (", identity->device_name, ")"));
}

void ExamineClock(Findings& findings) {
  if (LinuxClock().WallSynchronised()) return findings.Good("clock", "synchronised");
  findings.Note("clock",
                "no time source keeps it right (is chrony or systemd-timesyncd running?); "
                "the collector puts times right later");
}

// Whether a file can be made there.
Status TryWriting(FileSystem& files, const std::string& folder) {
  GODWIT_RETURN_IF_ERROR(files.CreateDirectories(folder));
  const std::string path = folder + "/doctor";
  files.Remove(path).IgnoreError();  // of a doctor who was cut off
  GODWIT_RETURN_IF_ERROR(files.Create(path).status());
  return files.Remove(path);
}

void ExamineSpool(const AgentSettings& settings, Findings& findings) {
  LinuxFileSystem files;
  const std::string& path = settings.spool_path;
  if (const Status status = TryWriting(files, path); !status.ok()) {
    return findings.Bad("spool", Cat(Message(status),
                                     "; give its folder to the agent's user, or "
                                     "set spool.path"));
  }
  const auto space = files.FreeSpace(path);
  if (!space.ok()) return findings.Bad("spool", Message(space.status()));
  const auto reserve =
      static_cast<ByteCount>(static_cast<double>(space->total) * settings.spool_reserve_free);
  const std::string text = Cat(path, ", up to ", SizeText(settings.spool_max_bytes), "; ",
                               space->available >> 20, "MiB are free");
  if (space->available < reserve) {
    return findings.Bad("spool", Cat(text, ", less than spool.reserve_free: it cannot grow"));
  }
  if (space->available - reserve < settings.spool_max_bytes) {
    return findings.Note("spool", Cat(text, ": the disk is full before the spool is"));
  }
  findings.Good("spool", text);
}

void ExamineUpload(const AgentSettings& settings, Findings& findings) {
  const std::string& endpoint = settings.upload_endpoint;
  if (endpoint.empty()) {
    return findings.Note("upload", "no upload.endpoint is set: samples are kept and not sent");
  }
  const auto channel = MakeChannelOptions(settings);
  if (!channel.ok()) return findings.Bad("upload", Message(channel.status()));
  const LinuxClock clock;
  const Status status = TryConnecting(*channel, clock, kConnectPatience);
  if (!status.ok()) return findings.Bad("upload", Message(status));
  findings.Good("upload", Cat("connected to ", endpoint,
                              channel->ca.empty() ? ", in plaintext" : ", over TLS"));
}

void ExamineSensors(const AgentSettings& settings, ProgramRunner& programs, Findings& findings) {
  const auto trials = TrySensors(settings, "", programs);
  if (!trials.ok()) return findings.Bad("sensors", Message(trials.status()));
  if (trials->empty()) return findings.Bad("sensors", "there are none: nothing is sampled");
  for (const SensorTrial& trial : *trials) {
    size_t series = 0;
    for (const Table& table : trial.groups) series += table.series.size();
    const std::string text = Cat(trial.name, ": ", series, " series");
    if (trial.status.ok()) {
      findings.Good("sensor", text);
    } else {
      findings.Bad("sensor", Cat(trial.name, ": ", Message(trial.status)));
    }
  }
}

}  // namespace

int RunDoctorCommand(const AgentSettings& settings, ProgramRunner& programs) {
  Findings findings;
  std::string files;
  for (const std::string& file : settings.files) files += Cat(files.empty() ? "" : ", ", file);
  findings.Good("settings", files);
  ExamineIdentity(settings, findings);
  ExamineClock(findings);
  ExamineSpool(settings, findings);
  ExamineSensors(settings, programs, findings);
  ExamineUpload(settings, findings);
  return findings.bad() ? kExitFailed : kExitOk;
}

}  // namespace godwit::agent
