#include "agent/agent.h"

#include <csignal>
#include <utility>

#include "agent/assembly.h"
#include "agent/limits.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/sensor_assembly.h"
#include "agent/spool/spool.h"
#include "agent/uplink/grpc/grpc_transport.h"
#include "agent/uplink/uploader.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/linux_sensor_input.h"
#include "platform/linux/network_watch.h"
#include "platform/linux/thread_executor.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {

// In order of construction; destroyed the other way round.
struct Agent::Parts {
  LinuxClock clock;
  LinuxRandom random;
  LinuxFileSystem files;
  std::unique_ptr<NetworkWatch> network;  // none where the sandbox forbids it
  UvLoop loop;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<ThreadExecutor> storage;
  std::unique_ptr<GrpcTransport> transport;  // none without an endpoint, and no uplink then
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<DeviceReporter> reporter;
  std::unique_ptr<Uploader> uploader;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<Sampler> sampler;
  std::unique_ptr<Timer> stop_timer;
  std::unique_ptr<Timer> network_timer;
  NetworkChange network_change;  // since the uplink was last told
  bool stopping = false;

  void WatchNetwork();
  void Flush();
  void Stop();
};

Agent::Agent(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Agent::~Agent() {
  // The storage thread refers to the parts above it: it ends first, with what was handed to it
  // done.
  parts_->sampler.reset();
  parts_->storage->Stop();
}

StatusOr<std::unique_ptr<Agent>> Agent::Create(const AgentSettings& settings,
                                               ProgramRunner& programs) {
  GODWIT_ASSIGN_OR_RETURN(const Identity identity, MakeIdentity(settings));
  auto owned = std::make_unique<Parts>();
  Parts& parts = *owned;
  GODWIT_ASSIGN_OR_RETURN(
      auto sensors,
      MakeSensors(settings.sensors,
                  {.input = EndlessSensorInput(), .files = parts.files, .programs = programs}));
  if (!settings.upload_endpoint.empty()) {
    GODWIT_ASSIGN_OR_RETURN(const ChannelOptions channel, MakeChannelOptions(settings));
    parts.transport = std::make_unique<GrpcTransport>(channel, parts.loop, parts.clock);
  }
  GODWIT_ASSIGN_OR_RETURN(
      parts.spool, Spool::Open(MakeSpoolOptions(settings, identity), parts.files, parts.random));
  parts.storage = std::make_unique<ThreadExecutor>("storage", parts.clock);

  if (parts.transport != nullptr) {
    parts.reporter = std::make_unique<DeviceReporter>(
        identity, [&parts] { return MakeSensorReports(parts.sampler->Health()); }, parts.clock);
    parts.outbox = std::make_unique<Outbox>(*parts.spool, *parts.storage, parts.loop);
    parts.uploader =
        std::make_unique<Uploader>(UploadOptions{.stream_period = settings.upload_stream_period,
                                                 .backoff = settings.upload_backoff},
                                   identity, *parts.outbox, *parts.transport,
                                   Uploader::World{.clock = parts.clock,
                                                   .loop = parts.loop,
                                                   .random = parts.random,
                                                   .reporter = *parts.reporter});
  }
  parts.recorder = std::make_unique<Recorder>(
      *parts.storage,
      Recorder::Log{
          .append = [&spool = *parts.spool](
                        EncodedBatch batch) { spool.Append(MakeRecord(std::move(batch))); },
          .lose = [&spool = *parts.spool](BatchLoss loss) { spool.Lose(LossReasonFor(loss)); },
          .appended =
              [&parts] {
                parts.loop.Post([&parts] {
                  if (parts.uploader != nullptr) parts.uploader->Wake();
                });
              }});
  parts.sampler = std::make_unique<Sampler>(
      MakeBatchOptions(settings, identity), std::move(sensors), parts.clock, parts.loop,
      [&parts](SealedBatch sealed) { parts.recorder->Submit(std::move(sealed)); });

  LogInfo(Cat("device ", identity.device_id, " (", identity.device_name, "), run ",
              Hex(parts.spool->run()), ", spool ", settings.spool_path));
  if (parts.uploader == nullptr) {
    LogWarning("no upload.endpoint is set: sampling and spooling, sending nothing");
  }
  return std::unique_ptr<Agent>(new Agent(std::move(owned)));
}

void Agent::Run() {
  Parts& parts = *parts_;
  for (const int signal : {SIGTERM, SIGINT}) {
    parts.loop.OnSignal(signal, [&parts] { parts.Stop(); });
  }
  parts.loop.OnSignal(SIGUSR1, [&parts] { parts.Flush(); });
  parts.loop.Post([&parts] {
    parts.sampler->Start();
    if (parts.uploader == nullptr) return;
    parts.uploader->Start();
    parts.WatchNetwork();
  });
  parts.loop.Run();
}

// Changes come in flocks (a link, its addresses, its routes): the uplink is told of the flock.
void Agent::Parts::WatchNetwork() {
  constexpr absl::Duration kFlock = absl::Milliseconds(500);
  auto watch = NetworkWatch::Open();
  if (!watch.ok()) return LogDebug(Message(watch.status()));
  network = *std::move(watch);
  loop.OnReadable(network->descriptor(), [this, kFlock] {
    const NetworkChange change = network->Take();
    network_change.any |= change.any;
    network_change.address_gone |= change.address_gone;
    if (!network_change.any || network_timer != nullptr) return;
    network_timer = loop.PostAfter(kFlock, [this] {
      const NetworkChange flock = std::exchange(network_change, {});
      network_timer.reset();  // what comes from here on is the next flock
      if (uploader != nullptr) uploader->NetworkChanged(flock.address_gone);
    });
  });
}

// What is sampled so far is sealed, made safe and sent.
void Agent::Parts::Flush() {
  if (stopping) return;
  sampler->SealNow();
  storage->Post([this] {
    loop.Post([this] {
      if (uploader != nullptr) uploader->Flush();
    });
  });
}

// Upstream first: the last batch is sealed, then safe, then sent.
void Agent::Parts::Stop() {
  if (std::exchange(stopping, true)) return loop.Stop();  // asked twice: at once
  sampler->Stop();
  storage->Post([this] {
    spool->End();
    loop.Post([this] {
      const auto finish = [this] {
        if (uploader != nullptr) {
          const UploadCounters& sent = uploader->counters();
          LogInfo(Cat("upload: ", sent.records, " records, ", sent.bytes, " bytes in ",
                      sent.streams, " streams of ", sent.sessions, " sessions"));
        }
        uploader.reset();
        loop.Stop();
      };
      if (uploader == nullptr) return finish();
      stop_timer = loop.PostAfter(kStopDrain, finish);
      uploader->Drain([this, finish] { loop.Post(finish); });
    });
  });
}

}  // namespace godwit::agent
