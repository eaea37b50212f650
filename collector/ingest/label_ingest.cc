// Labels that operators give devices.
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "codec/limits.h"
#include "collector/ingest/ingest.h"
#include "collector/ingest/plain_text.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

Status CheckLabels(const LabelChange& change) {
  const auto wrong = [](const std::string& why) {
    return Error(StatusCode::kInvalidArgument, why);
  };
  if (change.set.empty() && change.remove.empty()) return wrong("no label is named");
  for (const auto& [key, value] : change.set) {
    if (!key.empty() && key.size() <= kAttributeBytesMax && value.size() <= kAttributeBytesMax &&
        IsPlainUtf8(key) && IsPlainUtf8(value)) {
      continue;
    }
    return wrong(Cat("labels: keys of 1 to ", kAttributeBytesMax,
                     " bytes, values up to that, both plain text"));
  }
  for (const std::string& key : change.remove) {
    if (key.empty() || key.size() > kAttributeBytesMax || !IsPlainUtf8(key)) {
      return wrong("labels: a key to remove that is none");
    }
    if (change.set.contains(key)) return wrong(Cat("labels: '", key, "' is set and removed"));
  }
  return CheckOrigin(change.issuer, change.message);
}

}  // namespace

void Ingest::SetLabels(LabelChange change, LabelsSet done) {
  GODWIT_CHECK_RUNS_ON(world_.executor);
  if (stopping_) return done(Stopping().status);
  if (const Status status = CheckLabels(change); !status.ok()) return done(status);
  CallTraits traits{
      .bytes = sizeof(change) + (change.set.size() + change.remove.size()) * kAttributeBytesMax,
      .identity_of = change.device_id};
  writer_.Write<Status>(
      std::move(traits),
      [change = std::move(change)](Store& store, int64_t now_unix_ns) {
        return store.SetLabels(change, now_unix_ns);
      },
      [this, done = std::move(done)](const Status& status) {
        world_.executor.Post([done, status] { done(status); });
      });
}

}  // namespace godwit::collector
