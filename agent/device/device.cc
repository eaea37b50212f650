#include "agent/device/device.h"

#include <utility>

#include "agent/control/limits.h"
#include "agent/device/part_options.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

Device::Device(DeviceStart start, std::vector<SampledSensor> sensors, Ports ports)
    : ports_(ports),
      data_path_(
          std::move(start.spool), MakeBatchOptions(start.settings, start.plan.identity),
          std::move(sensors), {ports.clock, ports.loop, ports.storage, ports.log},
          {.sealed = [this] { connection_.Wake(); }, .appended = [this] { NoteAppended(); }}),
      reporter_(
          start.plan.identity, [this] { return MakeSensorReports(sampler().Health()); },
          ports.clock),
      applied_(start.settings, start.plan.channel,
               {ports.loader, ports.sensors, sampler(), reporter_, spool(), ports.storage}),
      trial_({ports.clock, ports.loop, ports.storage, spool(), spool_stats(), sampler(), applied_,
              ports.loader, ports.sensors, ports.transports, ports.memory, *this}),
      operators_(start, {ports.loop, ports.storage, trial_}),
      connection_({ports.clock, ports.loop, ports.storage, ports.random, spool(), reporter_,
                   operators_.receiver(), ports.loader, ports.transports, ports.process}),
      live_({ports.loop, applied_, connection_, trial_, [this] { Flush(); }}),
      fallback_({ports.clock, ports.loop, ports.loader, applied_, operators_.configurator(), trial_,
                 connection_}),
      own_files_(std::move(start.own_files),
                 {ports.loader, applied_, operators_.configurator(), trial_,
                  [this](auto prepared) { Apply(std::move(prepared)); }}) {
  applied_.OnSensorsChange([this] { live_.End(); });
  connection_.Open(applied_.settings(), applied_.channel(), start.plan.identity, "");
}

void Device::NoteAppended() {
  connection_.Wake();
  const Uploader* const uploader = connection_.uploader();
  if (uploader != nullptr && uploader->counters().records > 0) {
    operators_.configurator().NoteSound();
  }
}

void Device::Start() {
  timer_ = ports_.loop.PostAfter(kSoundAfter, [this] { operators_.configurator().NoteSound(); });
  fallback_.Start();
  sampler().Start();
  connection_.Start();
}

void Device::RunOnce() {
  sampler().ReadNow();
  AwaitReadings();
  connection_.Start();
}

// Returns when each reading has ended or timed out.
void Device::AwaitReadings() {
  constexpr absl::Duration kCheck = absl::Milliseconds(20);
  if (!sampler().reading()) return Stop(kOnceDrain);
  timer_ = ports_.loop.PostAfter(kCheck, [this] { AwaitReadings(); });
}

void Device::Flush() {
  if (ending_ != Ending::kNone) return;
  sampler().SealNow();
  ports_.storage.Post([this] { ports_.loop.Post([this] { connection_.Flush(); }); });
}

void Device::Reload() {
  if (ending_ == Ending::kNone) own_files_.Reload();
}

void Device::Apply(AppliedSettings::Prepared prepared) {
  const SettingsChange change = prepared.change;
  const bool new_connection = prepared.new_connection;
  applied_.SetChannel(prepared.channel);
  applied_.ApplySensors(std::move(prepared));
  const AgentSettings& settings = applied_.settings();
  operators_.Apply(settings);
  if (change.spool) applied_.ApplySpoolBounds();
  if (new_connection) {
    Reconnect();
    fallback_.Reset();
  }
  LogInfo(Cat("reload: settings changed: ", change.settings.size(),
              ", sensors removed: ", change.gone.size(), ", added: ", change.come.size(),
              new_connection ? "; reconnecting" : ""));
}

void Device::Reconnect() {
  connection_.Replace(applied_.settings(), applied_.channel(), "");
}

void Device::TrialEnded(TrialEnd end) {
  fallback_.Reset();
  if (end == TrialEnd::kHolds) return;
  ports_.loop.Post([this] {
    if (ending_ == Ending::kNone) own_files_.CheckAfterTrial();
  });
}

void Device::RestartLater() {
  ports_.loop.Post([this] {
    if (ending_ == Ending::kNone) Restart();
  });
}

void Device::Restart() {
  End(Ending::kRestart, kStopDrain);
}

void Device::Stop(absl::Duration drain) {
  End(Ending::kStop, drain);
}

void Device::End(Ending ending, absl::Duration drain) {
  if (ending_ != Ending::kNone) return ports_.process.Stopped();  // asked twice: at once
  ending_ = ending;
  ports_.process.Stopping(ending == Ending::kRestart);
  live_.Stop();
  fallback_.Stop();
  sampler().Stop();
  operators_.configurator().Stop();
  trial_.Stop();
  data_path_.EndRun(
      [this, drain] { connection_.Drain(drain, [this] { ports_.process.Stopped(); }); });
}

}  // namespace godwit::agent
