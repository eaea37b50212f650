#include "agent/device/device.h"

#include <utility>

#include "agent/control/limits.h"
#include "agent/device/part_options.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

Device::Device(DeviceStart start, std::vector<SampledSensor> sensors, Ports ports)
    : ports_(ports),
      spool_(std::move(start.spool)),
      spool_stats_(spool_->stats()),
      commands_(std::move(start.commands)),
      configuration_file_(std::move(start.file)),
      reporter_(
          start.plan.identity, [this] { return MakeSensorReports(sampler_->Health()); },
          ports.clock),
      recorder_(ports.storage, RecordLogOf()),
      sampler_(std::make_unique<Sampler>(
          MakeBatchOptions(start.settings, start.plan.identity), std::move(sensors), ports.clock,
          ports.loop, [this](SealedBatch sealed) { Record(std::move(sealed)); })),
      applied_(start.settings, start.plan.channel,
               {ports.loader, ports.sensors, *sampler_, reporter_, *spool_, ports.storage}),
      trial_({ports.clock, ports.loop, ports.storage, *spool_, spool_stats_, *sampler_, applied_,
              ports.loader, ports.sensors, ports.transports, ports.memory, *this}),
      configurator_(MakeConfigureOptions(start.settings, start.plan.identity.boot_id),
                    std::move(start.state), configuration_file_.get(), std::move(start.file_error),
                    {.loop = ports.loop, .storage = ports.storage, .trials = trial_}),
      log_follower_(MakeRemoteOptions(start.settings), ports.loop),
      remote_control_(*commands_.commander, configurator_, log_follower_),
      connection_({ports.clock, ports.loop, ports.storage, ports.random, *spool_, reporter_,
                   remote_control_, ports.loader, ports.transports, ports.process}),
      live_({ports.loop, applied_, connection_, trial_, [this] { Flush(); }}),
      fallback_(
          {ports.clock, ports.loop, ports.loader, applied_, configurator_, trial_, connection_}),
      own_files_(std::move(start.own_files),
                 {ports.loader, applied_, configurator_, trial_,
                  [this](auto prepared) { Apply(std::move(prepared)); }}) {
  applied_.OnSensorsChange([this] { live_.End(); });
  connection_.Open(applied_.settings(), applied_.channel(), start.plan.identity, "");
}

Recorder::Log Device::RecordLogOf() {
  return {.append = [this](EncodedBatch batch) { ports_.log.Append(*spool_, std::move(batch)); },
          .lose = [this](BatchLoss loss) { ports_.log.Lose(*spool_, loss); },
          .appended = [this] { Appended(); }};
}

// Its reading goes behind its writing: one wake-up of storage, and one of the loop.
void Device::Record(SealedBatch sealed) {
  ports_.log.Sealed(sealed);
  recorder_.Submit(std::move(sealed));
  connection_.Wake();
}

// On storage.
void Device::Appended() {
  ports_.loop.PostLazily([this, stats = spool_->stats()] {
    spool_stats_ = stats;
    connection_.Wake();
    const Uploader* const uploader = connection_.uploader();
    if (uploader != nullptr && uploader->counters().records > 0) configurator_.NoteSound();
  });
}

void Device::Start() {
  timer_ = ports_.loop.PostAfter(kSoundAfter, [this] { configurator_.NoteSound(); });
  fallback_.Start();
  sampler_->Start();
  connection_.Start();
}

void Device::RunOnce() {
  sampler_->ReadNow();
  AwaitReadings();
  connection_.Start();
}

// Each ends, or is given up.
void Device::AwaitReadings() {
  constexpr absl::Duration kCheck = absl::Milliseconds(20);
  if (!sampler_->reading()) return Stop(kOnceDrain);
  timer_ = ports_.loop.PostAfter(kCheck, [this] { AwaitReadings(); });
}

void Device::Flush() {
  if (stopping_) return;
  sampler_->SealNow();
  ports_.storage.Post([this] { ports_.loop.Post([this] { connection_.Flush(); }); });
}

void Device::Reload() {
  if (!stopping_) own_files_.Reload();
}

void Device::Apply(AppliedSettings::Prepared prepared) {
  const SettingsChange change = prepared.change;
  const bool new_connection = prepared.new_connection;
  applied_.SetChannel(prepared.channel);
  applied_.ApplySensors(std::move(prepared));
  const AgentSettings& settings = applied_.settings();
  commands_.commander->SetOptions(MakeRemoteOptions(settings));
  log_follower_.SetOptions(MakeRemoteOptions(settings));
  configurator_.SetOptions(MakeConfigureOptions(settings, configurator_.boot_id()));
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
    if (!stopping_) own_files_.CheckAfterTrial();
  });
}

void Device::RestartLater() {
  ports_.loop.Post([this] {
    if (!stopping_) Restart();
  });
}

void Device::Restart() {
  restart_ = true;
  Stop();
}

void Device::Stop(absl::Duration drain) {
  if (std::exchange(stopping_, true)) return ports_.process.Stopped();  // asked twice: at once
  ports_.process.Stopping(restart_);
  live_.Stop();
  fallback_.Stop();
  sampler_->Stop();
  configurator_.Stop();
  trial_.Stop();
  ports_.storage.Post([this, drain] {
    spool_->End();
    ports_.loop.Post(
        [this, drain] { connection_.Drain(drain, [this] { ports_.process.Stopped(); }); });
  });
}

}  // namespace godwit::agent
