#include "tests/sim/sim_configuration.h"

#include <utility>

#include "agent/uplink/open_request.h"

namespace godwit::sim {
namespace {

using agent::Revision;

constexpr absl::Duration kHarmAfter = absl::Seconds(3);

std::string ConnectionOf(const Revision& revision) {
  const std::string kind = SimConfigurable::KindOf(revision);
  return kind == "moved" || kind == "dead" ? kind : "home";
}

}  // namespace

SimConfigurable::SimConfigurable(Revision running, World world)
    : running_(std::move(running)),
      connected_(ConnectionOf(running_)),
      since_(world.clock.Boot()),
      world_(std::move(world)),
      outbox_(world_.spool, world_.storage, world_.loop) {}

std::string SimConfigurable::KindOf(const Revision& revision) {
  return revision.text.substr(0, revision.text.find(' '));
}

StatusOr<agent::TrialPlan> SimConfigurable::Check(const Revision& revision) {
  if (KindOf(revision) == "broken") return Error(StatusCode::kInvalidArgument, "line 1: broken");
  return agent::TrialPlan{.connection = ConnectionOf(revision) != connected_,
                          .shortest_interval = absl::Seconds(1)};
}

Status SimConfigurable::Try(const Revision& revision) {
  before_trial_ = std::exchange(running_, revision);
  since_ = world_.clock.Boot();
  world_.sampler().SealNow();
  world_.storage.Post([&spool = world_.spool, before = before_] { *before = spool.NewestName(); });
  return absl::OkStatus();
}

Status SimConfigurable::Health() {
  const std::string kind = KindOf(running_);
  if (kind == "slow") return Error(StatusCode::kUnavailable, "not yet");
  const bool harm = kind == "harmful" && world_.clock.Boot() - since_ > kHarmAfter;
  if (harm) return Error(StatusCode::kAborted, "flood: too much");
  return kind == "harmful" ? Error(StatusCode::kUnavailable, "not yet") : absl::OkStatus();
}

void SimConfigurable::Seal(std::function<void(std::optional<RecordName>)> done) {
  world_.sampler().SealNow();
  world_.storage.Post(
      [&spool = world_.spool, &loop = world_.loop, before = before_, done = std::move(done)] {
        const RecordName newest = spool.NewestName();
        loop.Post([done, newest, is_new = newest != *before] {
          done(is_new ? std::optional(newest) : std::nullopt);
        });
      });
}

void SimConfigurable::Read(const RecordName& name,
                           std::function<void(std::optional<agent::NextRecord>)> done) {
  outbox_.ReadNamed(name, {}, [done = std::move(done)](agent::ReadAnswer answer) {
    done(std::move(answer.next));
  });
}

std::unique_ptr<agent::Transport> SimConfigurable::NewTransport() {
  return world_.network.NewTransport(world_.loop, Reaches(running_));
}

void SimConfigurable::MakeOpenRequest(std::function<void(v1::OpenSessionRequest)> done) {
  outbox_.TakeInventory([this, done = std::move(done)](const agent::SpoolInventory& inventory) {
    done(agent::MakeOpenRequest(world_.identity, world_.clock, inventory));
  });
}

void SimConfigurable::EndTrial(agent::TrialEnd end) {
  if (end == agent::TrialEnd::kGoesBack) {
    running_ = before_trial_;
    since_ = world_.clock.Boot();
  }
  if (std::exchange(connected_, ConnectionOf(running_)) == connected_) return;
  world_.reconnect(Reaches(running_));
}

}  // namespace godwit::sim
