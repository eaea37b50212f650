// The parts and ports that the classes of agent/device stand on, over simulated executors and a
// simulated disk: no sleep, no socket.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/device/applied_settings.h"
#include "agent/device/part_options.h"
#include "agent/device/ports.h"
#include "agent/sensors/factories.h"
#include "base/checksum.h"
#include "base/text.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {

inline std::string SensorText(const std::string& name, const std::string& interval = "1s") {
  return Cat("[[sensors.pattern]]\nname = \"", name, "\"\ninterval = \"", interval, "\"\n");
}
inline std::string EndpointText(const std::string& endpoint) {
  return Cat("[upload]\nendpoint = \"", endpoint, "\"\n");
}

// A revision's text is that of all settings.
class TestLoader final : public SettingsLoader {
 public:
  std::string own;  // what the device's own file says; "broken": nothing that can be parsed
  int reads = 0;    // of that file

  StatusOr<AgentSettings> LoadOwn() override {
    ++reads;
    return Parse(own);
  }
  StatusOr<AgentSettings> LoadOffered(const SettingsSources& sources,
                                      const Revision& revision) override {
    return Parse(revision.id.empty() ? sources.front()->text : revision.text);
  }
  StatusOr<AgentSettings> LoadConfigured(const SettingsSources& sources,
                                         const Revision& revision) override {
    return LoadOffered(sources, revision);
  }
  StatusOr<RunPlan> Plan(const AgentSettings& settings) override {
    return RunPlan{.identity = *FindIdentity(settings), .channel = *FindChannel(settings)};
  }
  StatusOr<Identity> FindIdentity(const AgentSettings& settings) override {
    return Identity{.device_id = "device", .device_name = settings.name, .boot_id = kBoot};
  }
  StatusOr<ChannelOptions> FindChannel(const AgentSettings& settings) override {
    return ChannelOptions{.endpoint = settings.upload_endpoint};
  }

  static StatusOr<AgentSettings> Parse(const std::string& text) {
    GODWIT_ASSIGN_OR_RETURN(AgentSettings settings, ParseAgentSettings(text, "agent.toml"));
    settings.spool_path = "/spool";
    settings.files_hash = Sha256Prefix16(text);
    settings.sources = {
        std::make_shared<SourceFile>(SourceFile{.name = "agent.toml", .text = text})};
    return settings;
  }

  inline static const BootId kBoot = BootId(kBootIdSize, 'b');
};

// One named "failing" cannot be read.
class TestSensors final : public SensorFactory {
 public:
  std::optional<Status> refusal;

  StatusOr<std::vector<SampledSensor>> Make(const std::vector<SensorSettings>& settings) override {
    if (refusal) return *refusal;
    std::vector<SampledSensor> made;
    for (const SensorSettings& each : settings) {
      if (!each.enabled) continue;
      std::shared_ptr<Sensor> sensor =
          *MakePatternSensor({.series = 1, .attributes = {{"sensor", each.name}}});
      if (each.name == "failing") sensor = std::make_shared<Failing>(*sensor);
      made.push_back({.name = NameOf(each), .sensor = sensor, .interval = each.interval});
    }
    return made;
  }
  bool IsEmptiedByReading(const std::string& name) const override { return name == "pattern/slow"; }

 private:
  class Failing final : public Sensor {
   public:
    explicit Failing(const Sensor& like) : groups_(like.groups()) {}
    const std::vector<Table>& groups() const override { return groups_; }
    Status Read(const Tick&, Readings&) override {
      return Error(StatusCode::kInternal, "no answer");
    }

   private:
    const std::vector<Table> groups_;
  };
};

// A collector that opens every session and commits every record, unless it is away.
class TestTransport final : public Transport {
 public:
  TestTransport(Executor& loop, const bool& away) : loop_(loop), away_(away) {}

  std::unique_ptr<PendingCall> OpenSession(const v1::OpenSessionRequest&, absl::Duration,
                                           SessionOpened opened) override {
    v1::OpenSessionResponse response;
    response.set_session_token("token");
    response.set_store_id("store");
    return Answer(std::move(opened), response);
  }
  std::unique_ptr<UploadStream> StartUpload(absl::Duration, UploadObserver& observer) override {
    return std::make_unique<Stream>(loop_, away_, observer);
  }
  std::unique_ptr<PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest&, absl::Duration,
                                               CommandObserver&) override {
    return std::make_unique<Call>();
  }
  std::unique_ptr<PendingCall> ReportCommand(const v1::ReportCommandRequest&, absl::Duration,
                                             CommandReported reported) override {
    return Answer(std::move(reported), v1::ReportCommandResponse());
  }
  std::unique_ptr<PendingCall> FetchRevision(const v1::FetchRevisionRequest&, absl::Duration,
                                             RevisionFetched fetched) override {
    return Answer(std::move(fetched), v1::FetchRevisionResponse());
  }
  std::unique_ptr<PendingCall> ReportRevision(const v1::ReportRevisionRequest&, absl::Duration,
                                              RevisionReported reported) override {
    return Answer(std::move(reported), v1::ReportRevisionResponse());
  }
  std::unique_ptr<PendingCall> ReportLog(const v1::ReportLogRequest&, absl::Duration,
                                         LogReported reported) override {
    return Answer(std::move(reported), v1::ReportLogResponse());
  }

 private:
  struct Call final : PendingCall {
    std::unique_ptr<Timer> timer;
  };
  class Stream final : public UploadStream {
   public:
    Stream(Executor& loop, const bool& away, UploadObserver& observer)
        : loop_(loop), away_(away), observer_(observer) {}
    void Write(const v1::UploadMetricsRequest& message) override {
      Commit(message);
      timer_ = loop_.PostAfter(absl::Milliseconds(1), [this] { observer_.OnWritten(); });
    }
    void WriteLast(const v1::UploadMetricsRequest& message) override {
      Commit(message);
      WritesDone();
    }
    void WritesDone() override {
      timer_ = loop_.PostAfter(absl::Milliseconds(1), [this] {
        observer_.OnClosed(
            away_ ? CallResult{Error(StatusCode::kUnavailable, "away")} : CallResult(), response_);
      });
    }

   private:
    void Commit(const v1::UploadMetricsRequest& message) {
      if (!message.has_record()) return;
      v1::RecordVerdict& verdict = *response_.add_verdicts();
      verdict.set_run_id(message.record().run_id());
      verdict.mutable_seqs()->set_first(message.record().seq());
      verdict.mutable_seqs()->set_last(message.record().seq());
      verdict.set_verdict(v1::VERDICT_COMMITTED);
    }

    Executor& loop_;
    const bool& away_;
    UploadObserver& observer_;
    v1::UploadMetricsResponse response_;
    std::unique_ptr<Timer> timer_;
  };

  template <typename Done, typename Response>
  std::unique_ptr<PendingCall> Answer(Done done, const Response& response) {
    auto call = std::make_unique<Call>();
    call->timer = loop_.PostAfter(absl::Milliseconds(1), [this, done, response] {
      done(away_ ? CallResult{Error(StatusCode::kUnavailable, "away")} : CallResult(), response);
    });
    return call;
  }

  Executor& loop_;
  const bool& away_;
};

// Nobody answers at those in `away`.
class TestTransports final : public TransportFactory {
 public:
  explicit TestTransports(Executor& loop) : loop_(loop) {}

  std::map<std::string, bool> away;
  std::vector<std::string> made;  // endpoints

  std::unique_ptr<Transport> Make(const ChannelOptions& channel) override {
    made.push_back(channel.endpoint);
    return std::make_unique<TestTransport>(loop_, away[channel.endpoint]);
  }

 private:
  Executor& loop_;
};

class TestMemory final : public ProcessMemory {
 public:
  ByteCount resident = ByteCount{8} << 20;
  ByteCount ResidentBytes() override { return resident; }
  void ReturnFree() override {}
};

// A device that samples one sensor, "count", and has not started.
class DeviceParts : public testing::Test {
 protected:
  DeviceParts() {
    loader_.own = SensorText("count") + EndpointText("localhost:1");
    const AgentSettings settings = *loader_.LoadOwn();
    const RunPlan plan = *loader_.Plan(settings);
    spool_ = *Spool::Open(MakeSpoolOptions(settings, plan.identity), disk_, random_);
    recorder_.emplace(
        storage_,
        Recorder::Log{
            .append = [this](EncodedBatch batch) { spool_->Append(MakeRecord(std::move(batch))); },
            .lose = [](BatchLoss) {},
            .appended = [this] { stats_ = spool_->stats(); }});
    reporter_.emplace(
        plan.identity, [] { return std::vector<SensorReport>(); }, clock_);
    sampler_.emplace(MakeBatchOptions(settings, plan.identity), *sensors_.Make(settings.sensors),
                     clock_, loop_,
                     [this](SealedBatch sealed) { recorder_->Submit(std::move(sealed)); });
    applied_.emplace(
        settings, plan.channel,
        AppliedSettings::Dependencies{loader_, sensors_, *sampler_, *reporter_, *spool_, storage_});
    sampler_->Start();
    loader_.reads = 0;
  }

  // "type/name" of the sensors that are sampled.
  std::vector<std::string> Sampled() {
    std::vector<std::string> names;
    for (const SensorHealth& sensor : sampler_->Health()) names.push_back(sensor.name);
    return names;
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  sim::SimRandom random_{scheduler_};
  sim::SimFileSystem disk_{scheduler_};
  sim::SimExecutor loop_{scheduler_};
  sim::SimExecutor storage_{scheduler_};
  TestLoader loader_;
  TestSensors sensors_;
  TestTransports transports_{loop_};
  TestMemory memory_;
  std::unique_ptr<Spool> spool_;
  SpoolStats stats_;
  std::optional<Recorder> recorder_;
  std::optional<DeviceReporter> reporter_;
  std::optional<Sampler> sampler_;
  std::optional<AppliedSettings> applied_;
};

}  // namespace godwit::agent
