#include "agent/device/trial_proof.h"

#include <utility>

#include "agent/control/limits.h"
#include "agent/uplink/open_request.h"

namespace godwit::agent {

TrialProof::TrialProof(Subject subject, Dependencies deps, Done done)
    : subject_(std::move(subject)),
      deps_(deps),
      done_(std::move(done)),
      outbox_(deps.spool, deps.storage, deps.loop) {
  deps_.sampler.SealNow();
  deps_.storage.Post([&spool = deps_.spool, before = before_] { *before = spool.NewestName(); });
}

TrialProof::~TrialProof() {
  alive_.End();
}

void TrialProof::Advance() {
  if (step_ != Step::kNoRecord) return;
  step_ = Step::kSealing;
  deps_.sampler.SealNow();
  deps_.storage.Post(
      [this, &spool = deps_.spool, &loop = deps_.loop, before = before_, alive = alive_.Refer()] {
        const RecordName newest = spool.NewestName();
        loop.Post([this, alive, newest, is_new = newest != *before] {
          if (alive) OnSealed(is_new ? std::optional(newest) : std::nullopt);
        });
      });
}

void TrialProof::OnSealed(std::optional<RecordName> record) {
  if (!record) {
    step_ = Step::kNoRecord;
    missing_ = "nothing was sampled";
    return;
  }
  record_ = *record;
  Send();
}

void TrialProof::Send() {
  again_.reset();
  if (!subject_.channel && !deps_.session) return Wait("no session with the collector");
  step_ = Step::kReading;
  outbox_.ReadNamed(record_, {}, [this](ReadAnswer answer) { OnRead(std::move(answer.next)); });
}

void TrialProof::OnRead(std::optional<NextRecord> next) {
  if (!next) {
    // Settled and trimmed, or dropped: another will do.
    step_ = Step::kNoRecord;
    return;
  }
  if (subject_.channel) return SendOverNewConnection(*std::move(next));
  if (!deps_.session) return Wait(missing_);
  step_ = Step::kSending;
  proof_ = std::make_unique<Proof>(
      deps_.session->transport, deps_.loop, *std::move(next),
      [this](const Status& status, const std::string& store_id) { OnAnswer(status, store_id); });
  proof_->Send(deps_.session->token);
}

void TrialProof::SendOverNewConnection(NextRecord next) {
  step_ = Step::kSending;
  missing_ = "no answer on the new connection";
  proof_.reset();
  transport_ = deps_.transports.Make(*subject_.channel);
  proof_ = std::make_unique<Proof>(
      *transport_, deps_.loop, std::move(next),
      [this](const Status& status, const std::string& store_id) { OnAnswer(status, store_id); });
  outbox_.TakeInventory([this](const SpoolInventory& inventory) {
    proof_->Open(MakeOpenRequest(subject_.identity, deps_.clock, inventory), subject_.revision);
  });
}

void TrialProof::OnAnswer(const Status& status, const std::string& store_id) {
  // The proof is still in the middle of saying so, and its transport outlives it.
  std::unique_ptr<Transport> transport;
  const auto proof = std::move(proof_);
  if (status.ok() || absl::IsAborted(status)) {
    transport = std::move(transport_);
    // The session that there was may be gone by now: then the store has no name.
    const std::string store =
        subject_.channel || !deps_.session ? store_id : deps_.session->store_id;
    const Done done = done_;
    return done(status, store);
  }
  Wait(Message(status));
  again_ = deps_.loop.PostAfter(kProveAgain, [this] { Send(); });
}

void TrialProof::Wait(std::string missing) {
  step_ = Step::kWaiting;
  missing_ = std::move(missing);
}

void TrialProof::SessionOpened() {
  if (step_ == Step::kWaiting) Send();
}

// A new connection has a session of its own.
void TrialProof::SessionLost() {
  if (step_ != Step::kSending || subject_.channel) return;
  proof_.reset();
  step_ = Step::kWaiting;
}

}  // namespace godwit::agent
