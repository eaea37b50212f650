// Long, since each kind of call has two ends here, and what may befall a link befalls both in one
// place.
#include "tests/sim/sim_network.h"

#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"

namespace godwit::sim {
namespace {

// How long after a cut the last of what was under way may still arrive.
constexpr absl::Duration kLateMax = absl::Seconds(10);
constexpr absl::Duration kCollectorNotices = absl::Seconds(120);

// As a collector with a bug in its decoder takes it.
void Misread(v1::Record& record) {
  record.set_batch("misread");
  record.set_checksum(Checksum(record.batch()));
}

agent::CallResult Broken() {
  return {.status = Error(StatusCode::kUnavailable, "the link was cut")};
}

agent::CallResult ClosedByPeer() {
  return {.status = Error(StatusCode::kUnavailable, "the collector is gone"),
          .closed_by_peer = true};
}

}  // namespace

// One upload stream, both of its ends.
struct SimNetwork::Link final : public collector::UploadPeer,
                                public std::enable_shared_from_this<Link> {
  Link(SimNetwork& owner, std::shared_ptr<AgentSide> agent_side)
      : network(owner), agent(std::move(agent_side)) {}

  // The collector's end, on its executor.
  void Next() override {
    wanted = true;
    network.DeliverWhenWanted(shared_from_this());
  }
  void Finish(const collector::CallEnd& end, const v1::UploadMetricsResponse& response) override {
    finished = true;
    if (cut) return;
    network.EndAgentSide(shared_from_this(), {end.status, end.retry_after}, response);
  }

  SimNetwork& network;
  std::shared_ptr<AgentSide> agent;
  agent::UploadObserver* observer = nullptr;  // null once the agent was notified, or has let go
  std::unique_ptr<collector::UploadSink> sink;
  std::deque<std::optional<v1::UploadMetricsRequest>> arrived;  // nothing: the half-close
  absl::Duration last_arrival;                                  // messages keep their order
  bool wanted = false;
  bool finished = false;  // by the collector
  bool cut = false;
  bool lost = false;  // what is under way does not arrive
  bool in_hole = false;
};

class SimNetwork::Stream final : public agent::UploadStream {
 public:
  Stream(SimNetwork& network, std::shared_ptr<Link> link, bool takes_one_thing)
      : network_(network), link_(std::move(link)), takes_one_thing_(takes_one_thing) {}
  ~Stream() override {
    link_->observer = nullptr;
    const auto link = link_;
    network_.scheduler_.After(network_.Delay(), [link] {
      // On a link that was cut the collector hears nothing of it.
      if (link->sink != nullptr && !link->finished && !link->cut) link->sink->Cancel();
    });
  }

  void Write(const v1::UploadMetricsRequest& message) override {
    // The kernel takes it when what is in front of it is through.
    const absl::Duration transit = Send(message);
    const auto link = link_;
    network_.scheduler_.After(transit + network_.Delay(), [link] {
      link->agent->Post([link] {
        if (link->observer != nullptr && !link->cut) link->observer->OnWritten();
      });
    });
  }
  void WriteLast(const v1::UploadMetricsRequest& message) override {
    Send(message);
    Send(std::nullopt);
  }
  void WritesDone() override { Send(std::nullopt); }

 private:
  absl::Duration Send(std::optional<v1::UploadMetricsRequest> message) {
    if (takes_one_thing_ && message) {
      GODWIT_CHECK(message->has_start() + message->tables_size() + message->has_record() == 1);
    }
    const auto link = link_;
    SimScheduler& scheduler = network_.scheduler_;
    const absl::Duration transit =
        message ? network_.Transit(message->ByteSizeLong()) : absl::ZeroDuration();
    const absl::Duration at =
        std::max(link->last_arrival, scheduler.now() + transit + network_.Delay());
    link->last_arrival = at;
    scheduler.After(at - scheduler.now(), [link, message = std::move(message)]() mutable {
      Arrive(link, std::move(message));
    });
    return transit;
  }

  static void Arrive(const std::shared_ptr<Link>& link,
                     std::optional<v1::UploadMetricsRequest> message) {
    if (link->lost) return;
    SimScheduler& scheduler = link->network.scheduler_;
    link->network.late_messages_ += link->cut;
    if (link->cut && scheduler.now() < link->last_arrival) {
      scheduler.After(
          link->last_arrival - scheduler.now(),
          [link, message = std::move(message)]() mutable { Arrive(link, std::move(message)); });
      return;
    }
    link->arrived.push_back(std::move(message));
    link->network.DeliverWhenWanted(link);
  }

  SimNetwork& network_;
  std::shared_ptr<Link> link_;
  const bool takes_one_thing_;  // a message
};

// One command stream, both of its ends.
struct SimNetwork::CommandLink final : public collector::CommandPeer,
                                       public std::enable_shared_from_this<CommandLink> {
  CommandLink(SimNetwork& owner, std::shared_ptr<AgentSide> agent_side)
      : network(owner), agent(std::move(agent_side)) {}

  void Send(const v1::ReceiveCommandsResponse& message) override {
    network.scheduler_.After(network.Delay(), [link = shared_from_this(), message] {
      if (link->cut || link->finished) return;
      link->agent->Post([link, message] {
        if (link->observer != nullptr) link->observer->OnMessage(message);
      });
      if (link->network.collector_executor_ == nullptr) return;
      link->network.collector_executor_->Post([link] {
        if (link->sink != nullptr && !link->finished) link->sink->Sent();
      });
    });
  }
  void Finish(const collector::CallEnd& end) override {
    finished = true;
    if (!cut)
      network.CloseCommands(shared_from_this(), {end.status, end.retry_after}, network.Delay());
  }

  SimNetwork& network;
  std::shared_ptr<AgentSide> agent;
  agent::CommandObserver* observer = nullptr;
  std::unique_ptr<collector::CommandSink> sink;
  bool finished = false;
  bool cut = false;
};

class SimNetwork::CommandHandle final : public agent::PendingCall {
 public:
  explicit CommandHandle(std::shared_ptr<CommandLink> link) : link_(std::move(link)) {}
  ~CommandHandle() override {
    link_->observer = nullptr;
    link_->network.scheduler_.After(link_->network.Delay(), [link = link_] {
      if (link->sink != nullptr && !link->finished && !link->cut) link->sink->Cancel();
    });
  }

 private:
  std::shared_ptr<CommandLink> link_;
};

class SimTransport final : public agent::Transport {
 public:
  SimTransport(SimNetwork& network, Executor& loop, std::string endpoint)
      : network_(network),
        endpoint_(std::move(endpoint)),
        side_(std::make_shared<SimNetwork::AgentSide>()) {
    side_->loop = &loop;
  }
  ~SimTransport() override { side_->loop = nullptr; }

  std::unique_ptr<agent::PendingCall> OpenSession(const v1::OpenSessionRequest& request,
                                                  absl::Duration deadline,
                                                  SessionOpened done) override {
    // Every other collector is of a version that takes one thing a message.
    takes_one_thing_ = network_.sessions_++ % 2 == 1;
    return Call<v1::OpenSessionResponse>(
        deadline,
        [older = takes_one_thing_, done = std::move(done)](const agent::CallResult& result,
                                                           v1::OpenSessionResponse response) {
          if (older) response.clear_messages_join();
          done(result, response);
        },
        [&network = network_, request](collector::Ingest& ingest, absl::Time heard, auto answer) {
          ingest.OpenSession(
              request, heard,
              [answer, misreads = network.misreads_](const collector::CallEnd& end, auto response) {
                if (misreads) response.set_collector_version("that misreads");
                answer({end.status, end.retry_after}, response);
              });
        });
  }

  std::unique_ptr<agent::PendingCall> ReportCommand(const v1::ReportCommandRequest& request,
                                                    absl::Duration deadline,
                                                    CommandReported done) override {
    return Ask<v1::ReportCommandResponse>(&collector::Ingest::ReportCommand, request, deadline,
                                          std::move(done));
  }

  std::unique_ptr<agent::PendingCall> FetchRevision(const v1::FetchRevisionRequest& request,
                                                    absl::Duration deadline,
                                                    RevisionFetched done) override {
    return Ask<v1::FetchRevisionResponse>(&collector::Ingest::FetchRevision, request, deadline,
                                          std::move(done));
  }

  std::unique_ptr<agent::PendingCall> ReportRevision(const v1::ReportRevisionRequest& request,
                                                     absl::Duration deadline,
                                                     RevisionReported done) override {
    return Ask<v1::ReportRevisionResponse>(&collector::Ingest::ReportRevision, request, deadline,
                                           std::move(done));
  }

  std::unique_ptr<agent::PendingCall> ReportLog(const v1::ReportLogRequest& request,
                                                absl::Duration deadline,
                                                LogReported done) override {
    return Ask<v1::ReportLogResponse>(&collector::Ingest::ReportLog, request, deadline,
                                      std::move(done));
  }

  std::unique_ptr<agent::UploadStream> StartUpload(absl::Duration,
                                                   agent::UploadObserver& observer) override {
    SimNetwork& network = network_;
    auto link = std::make_shared<SimNetwork::Link>(network, side_);
    link->observer = &observer;
    std::erase_if(network.links_, [](const auto& weak) { return weak.expired(); });
    network.links_.push_back(link);
    if (network.InBlackHole()) network.FallIntoHole(link);
    network.scheduler_.After(network.Delay(), [&network, link] {
      if (link->in_hole) return;
      if (network.ingest_ == nullptr || link->lost) return network.EndAgentSide(link, Broken(), {});
      network.collector_executor_->Post([&network, link] {
        if (network.ingest_ == nullptr) return;
        link->sink = network.ingest_->NewStream(*link);
        link->sink->Open();
      });
    });
    return std::make_unique<SimNetwork::Stream>(network_, link, takes_one_thing_);
  }

  std::unique_ptr<agent::PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest& request,
                                                      absl::Duration deadline,
                                                      agent::CommandObserver& observer) override {
    SimNetwork& network = network_;
    auto link = std::make_shared<SimNetwork::CommandLink>(network, side_);
    link->observer = &observer;
    std::erase_if(network.command_links_, [](const auto& weak) { return weak.expired(); });
    network.command_links_.push_back(link);
    if (network.InBlackHole()) network.FallIntoHole(link);
    network.CloseCommands(link, {Error(StatusCode::kDeadlineExceeded, "its time is over")},
                          deadline);
    if (const auto refusal = network.lies_.Refusal()) {
      network.CloseCommands(link, *refusal, network.Delay());
    }
    network.scheduler_.After(network.Delay(), [&network, link, request] {
      if (link->cut) return;
      if (network.ingest_ == nullptr) return network.CloseCommands(link, Broken(), network.Delay());
      network.collector_executor_->Post([&network, link, request] {
        if (network.ingest_ == nullptr || link->cut) return;
        link->sink = network.ingest_->NewCommandStream(*link, request);
        link->sink->Open();
      });
    });
    return std::make_unique<SimNetwork::CommandHandle>(link);
  }

 private:
  template <typename Response, typename Request>
  std::unique_ptr<agent::PendingCall> Ask(
      void (collector::Ingest::*call)(
          const Request&, std::function<void(const collector::CallEnd&, const Response&)>,
          collector::CallerGone, const collector::Caller&),
      const Request& request, absl::Duration deadline,
      std::function<void(const agent::CallResult&, const Response&)> done) {
    return Call<Response>(deadline, std::move(done),
                          [call, request](collector::Ingest& ingest, absl::Time, auto answer) {
                            const auto ended = [answer](const collector::CallEnd& end,
                                                        const Response& response) {
                              answer({end.status, end.retry_after}, response);
                            };
                            (ingest.*call)(request, ended, nullptr, {});
                          });
  }

  template <typename Response>
  using Answered = std::function<void(const agent::CallResult&, const Response&)>;

  template <typename Response>
  class Pending final : public agent::PendingCall {
   public:
    explicit Pending(std::shared_ptr<Answered<Response>> call) : call_(std::move(call)) {}
    ~Pending() override { *call_ = nullptr; }

   private:
    std::shared_ptr<Answered<Response>> call_;
  };

  // A call with one answer. It, or the answer, may be lost, come late, or arrive twice.
  template <typename Response, typename Ask>
  std::unique_ptr<agent::PendingCall> Call(absl::Duration deadline, Answered<Response> answered,
                                           Ask ask) {
    auto call = std::make_shared<Answered<Response>>(std::move(answered));
    SimNetwork& network = network_;
    const auto side = side_;
    const auto answer = [&network, side, call](agent::CallResult result, Response response) {
      network.lies_.Twist(result, response);
      network.scheduler_.After(network.Delay(), [&network, side, call, result, response] {
        if (network.InBlackHole()) return;
        side->Post([call, result, response] {
          if (*call) std::exchange(*call, nullptr)(result, response);
        });
      });
    };
    const auto arrive = [&network, endpoint = endpoint_, ask, answer] {
      if (network.InBlackHole()) return;
      if (network.ingest_ == nullptr || !network.Reaches(endpoint)) return answer(Broken(), {});
      const absl::Time heard = network.ingest_->WallNow();
      network.collector_executor_->Post([&network, ask, heard, answer] {
        if (network.ingest_ != nullptr) ask(*network.ingest_, heard, answer);
      });
    };
    if (network.scheduler_.Chance(network.loses_calls_)) {
      ++network.lost_calls_;
    } else {
      network.scheduler_.After(network.Delay(), arrive);
    }
    if (network.scheduler_.Chance(network.repeats_calls_)) {
      ++network.repeated_calls_;
      network.scheduler_.After(network.scheduler_.DrawUpTo(kLateMax), arrive);
    }
    network.scheduler_.After(deadline, [side, call] {
      side->Post([call] {
        if (!*call) return;
        std::exchange(*call, nullptr)(
            {Error(StatusCode::kDeadlineExceeded, "no answer"), std::nullopt}, {});
      });
    });
    return std::make_unique<Pending<Response>>(call);
  }

  SimNetwork& network_;
  const std::string endpoint_;
  bool takes_one_thing_ = false;  // the collector of the last session, a message
  std::shared_ptr<SimNetwork::AgentSide> side_;
};

absl::Duration SimNetwork::Delay() {
  return scheduler_.DrawUpTo(delay_max_);
}

void SimNetwork::SlowDown(ByteCount bytes_per_second, absl::Duration span) {
  bytes_per_second_ = bytes_per_second;
  slow_until_ = scheduler_.now() + span;
}

absl::Duration SimNetwork::Transit(size_t bytes) {
  if (scheduler_.now() >= slow_until_) return absl::ZeroDuration();
  const absl::Duration takes =
      absl::Seconds(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_));
  busy_until_ = std::max(busy_until_, scheduler_.now()) + takes;
  return busy_until_ - scheduler_.now();
}

void SimNetwork::BlackHoleFor(absl::Duration span) {
  black_hole_until_ = scheduler_.now() + span;
  for (const auto& weak : links_) {
    if (const auto link = weak.lock(); link != nullptr && !link->cut) FallIntoHole(link);
  }
  for (const auto& weak : command_links_) {
    if (const auto link = weak.lock(); link != nullptr && !link->cut) FallIntoHole(link);
  }
}

// Nothing of this link arrives any more, and both ends find out by themselves.
void SimNetwork::FallIntoHole(const std::shared_ptr<Link>& link) {
  link->cut = true;
  link->lost = true;
  link->in_hole = true;
  // Its next ping goes out at any moment within the time between two.
  const absl::Duration ping_in = scheduler_.DrawUpTo(kKeepaliveTime);
  scheduler_.After(ping_in + kKeepaliveTimeout, [link] { EndNow(link, Broken()); });
  scheduler_.After(kCollectorNotices, [link] {
    if (link->sink != nullptr && !link->finished) link->sink->Cancel();
  });
}

void SimNetwork::FallIntoHole(const std::shared_ptr<CommandLink>& link) {
  link->cut = true;
  CloseCommands(link, Broken(), scheduler_.DrawUpTo(kKeepaliveTime) + kKeepaliveTimeout);
  scheduler_.After(kCollectorNotices, [link] {
    if (link->sink != nullptr && !link->finished) link->sink->Cancel();
  });
}

void SimNetwork::CloseCommands(const std::shared_ptr<CommandLink>& link, agent::CallResult result,
                               absl::Duration delay) {
  lies_.TwistStatus(result);
  scheduler_.After(delay, [link, result] {
    link->agent->Post([link, result] {
      if (auto* observer = std::exchange(link->observer, nullptr)) {
        observer->OnCommandsClosed(result);
      }
    });
  });
}

void SimNetwork::CollectorUp(collector::Ingest& ingest, Executor& executor) {
  ingest_ = &ingest;
  collector_executor_ = &executor;
}

void SimNetwork::CollectorDown() {
  ingest_ = nullptr;
  collector_executor_ = nullptr;
  for (const auto& weak : links_) {
    const auto link = weak.lock();
    if (link == nullptr) continue;
    link->lost = true;
    link->cut = true;
    link->sink.reset();
    EndAgentSide(link, ClosedByPeer(), {});
  }
  links_.clear();
  for (const auto& weak : command_links_) {
    const auto link = weak.lock();
    if (link == nullptr) continue;
    link->cut = true;
    link->sink.reset();
    CloseCommands(link, ClosedByPeer(), Delay());
  }
  command_links_.clear();
}

void SimNetwork::Cut() {
  for (const auto& weak : links_) {
    const auto link = weak.lock();
    if (link == nullptr || link->cut) continue;
    link->cut = true;
    link->lost = scheduler_.Chance(500);
    if (!link->lost) {
      // It lingers somewhere, in order, and arrives late.
      link->last_arrival = scheduler_.now() + scheduler_.DrawUpTo(kLateMax);
    }
    EndAgentSide(link, Broken(), {});
  }
  for (const auto& weak : command_links_) {
    const auto link = weak.lock();
    if (link == nullptr || link->cut) continue;
    link->cut = true;
    CloseCommands(link, Broken(), Delay());
  }
}

void SimNetwork::DeliverWhenWanted(const std::shared_ptr<Link>& link) {
  if (!link->wanted || link->arrived.empty() || link->sink == nullptr) return;
  link->wanted = false;
  collector_executor_->Post([link] {
    if (link->sink == nullptr || link->arrived.empty()) return;
    auto message = std::move(link->arrived.front());
    link->arrived.pop_front();
    if (message) {
      if (link->network.misreads_ && message->has_record()) {
        Misread(*message->mutable_record());
        ++link->network.misread_records_;
      }
      link->sink->Message(*std::move(message));
    } else {
      link->sink->HalfClose();
    }
  });
}

void SimNetwork::EndNow(const std::shared_ptr<Link>& link, const agent::CallResult& result) {
  link->agent->Post([link, result] {
    if (auto* observer = std::exchange(link->observer, nullptr)) observer->OnClosed(result, {});
  });
}

void SimNetwork::EndAgentSide(const std::shared_ptr<Link>& link, agent::CallResult result,
                              v1::UploadMetricsResponse response) {
  lies_.Twist(result, response);
  scheduler_.After(Delay(), [link, result, response] {
    link->agent->Post([link, result, response] {
      if (auto* observer = std::exchange(link->observer, nullptr)) {
        observer->OnClosed(result, response);
      }
    });
  });
}

std::unique_ptr<agent::Transport> SimNetwork::NewTransport(Executor& loop,
                                                           const std::string& endpoint) {
  return std::make_unique<SimTransport>(*this, loop, endpoint);
}

}  // namespace godwit::sim
