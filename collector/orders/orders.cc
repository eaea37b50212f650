#include "collector/orders/orders.h"

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/text.h"
#include "codec/limits.h"
#include "collector/limits.h"
#include "collector/orders/order_check.h"

namespace godwit::collector {
namespace {

using Offers = std::vector<NewOffer>;
// The places of those that are new.
using Made = StatusOr<std::vector<size_t>>;

// Each offer's id follows from that of the push and its device: a push that is made again makes the
// same offers, also when it names other devices besides.
Offers OffersOf(const RevisionPush& push) {
  Offers offers;
  for (const std::string& device_id : push.device_ids) {
    offers.push_back({.id = Sha256Prefix16(push.id + device_id),
                      .device_id = device_id,
                      .revision = push.text.empty() ? RevisionId() : Sha256Prefix16(push.text),
                      .text = offers.empty() ? push.text : std::string(),
                      .issuer = push.issuer,
                      .message = push.message});
  }
  return offers;
}

size_t BytesOf(const RevisionPush& push) {
  const size_t offer =
      sizeof(NewOffer) + push.issuer.size() + push.message.size() + kDeviceIdBytesMax;
  return push.text.size() + push.device_ids.size() * offer;
}

}  // namespace

Orders::Orders(Writer& writer, ConnectedDevices& devices, Dependencies dependencies)
    : writer_(writer), devices_(devices), deps_(dependencies) {}

Status Orders::Admit(const Status& check) const {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  if (stopping_) return Error(StatusCode::kUnavailable, "the collector is stopping");
  return check;
}

std::string Orders::NewId() {
  std::string id;
  Put(id, deps_.random.Next());
  Put(id, deps_.random.Next());
  return id;
}

void Orders::Issue(NewCommand command, absl::Duration life, Issued done, CallerGone gone) {
  if (const Status status = Admit(CheckCommand(command, life)); !status.ok()) return done(status);
  if (command.id.empty()) command.id = NewId();
  writer_.Write<StatusOr<CommandRow>>(
      sizeof(command) + kCommandArgumentsMax * kCommandTextBytesMax,
      [command = std::move(command), life](Store& store, int64_t now_unix_ns) {
        NewCommand dated = command;
        dated.expires_unix_ns = now_unix_ns + absl::ToInt64Nanoseconds(life);
        return store.Issue(dated, now_unix_ns);
      },
      [this, done = std::move(done)](const StatusOr<CommandRow>& row) {
        deps_.executor.Post([this, row, done] {
          // A device that has it already knows it by its id.
          if (row.ok() && !HasEnded(row->state)) devices_.Send(*row);
          done(row);
        });
      },
      std::move(gone));
}

void Orders::Push(RevisionPush push, Pushed done, CallerGone gone) {
  if (const Status status = Admit(CheckPush(push)); !status.ok()) return done(status);
  if (push.id.empty()) push.id = NewId();
  auto offers = std::make_shared<const Offers>(OffersOf(push));
  writer_.Write<Made>(
      BytesOf(push),
      [offers](Store& store, int64_t now_unix_ns) { return store.Push(*offers, now_unix_ns); },
      [this, offers, done = std::move(done)](const Made& made) {
        deps_.executor.Post([this, made, offers, done] {
          if (!made.ok()) return done(made.status());
          // One that was made before may not be its device's newest any more.
          for (const size_t i : *made) devices_.Offer((*offers)[i]);
          done(absl::OkStatus());
        });
      },
      std::move(gone));
}

void Orders::SetLabels(LabelChange change, LabelsSet done, CallerGone gone) {
  if (const Status status = Admit(CheckLabels(change)); !status.ok()) return done(status);
  CallTraits traits{
      .bytes = sizeof(change) + (change.set.size() + change.remove.size()) * kAttributeBytesMax,
      .gone = std::move(gone),
      .identity_of = change.device_id};
  writer_.Write<Status>(
      std::move(traits),
      [change = std::move(change)](Store& store, int64_t now_unix_ns) {
        return store.SetLabels(change, now_unix_ns);
      },
      [this, done = std::move(done)](const Status& status) {
        deps_.executor.Post([done, status] { done(status); });
      });
}

void Orders::Acknowledge(AlertAcknowledgement alerts, Acknowledged done, CallerGone gone) {
  if (const Status status = Admit(CheckAcknowledgement(alerts)); !status.ok()) return done(status);
  CallTraits traits{.bytes = sizeof(alerts) + alerts.seen.size() * kCommandTextBytesMax,
                    .gone = std::move(gone),
                    .state_of = alerts.device_id};
  writer_.Write<Status>(
      std::move(traits),
      [alerts = std::move(alerts)](Store& store, int64_t now_unix_ns) {
        return store.Acknowledge(alerts, now_unix_ns);
      },
      [this, done = std::move(done)](const Status& status) {
        deps_.executor.Post([done, status] { done(status); });
      });
}

}  // namespace godwit::collector
