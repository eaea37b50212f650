#include "collector/identity/identity_gate.h"

#include <utility>

#include "base/log.h"
#include "base/log_subject.h"
#include "base/text.h"

namespace godwit::collector {

IdentityGate::IdentityGate(IdentityMode mode, IdentityMap map, Dependencies dependencies)
    : mode_(mode), map_(std::move(map)), dependencies_(dependencies) {}

Status IdentityGate::Admit(const Caller& caller, const std::string& device_id) const {
  if (mode_ == IdentityMode::kOff) return absl::OkStatus();
  const int64_t now_unix_ns = absl::ToUnixNanos(dependencies_.clock.Wall());
  const Status status = Judge(caller, device_id);
  if (status.ok()) {
    dependencies_.refused.NoteIdentified(device_id, now_unix_ns);
    return status;
  }
  const bool admitted = mode_ == IdentityMode::kObserve;
  dependencies_.statistics.NoteRefusal(admitted ? "identity observed" : "identity refused");
  const bool is_news = dependencies_.refused.Note({.device_id = device_id,
                                                   .certificate = TextOf(caller.certificate),
                                                   .address = caller.address,
                                                   .reason = Message(status),
                                                   .admitted = admitted,
                                                   .last_unix_ns = now_unix_ns});
  if (is_news) {
    LogWarning(Cat("device ", device_id, ": ", Message(status),
                   admitted ? "; taken all the same, since identity.mode is \"observe\"" : ""),
               LogSubject{device_id});
  }
  return admitted ? absl::OkStatus() : status;
}

Status IdentityGate::Judge(const Caller& caller, const std::string& device_id) const {
  if (caller.certificate.empty()) {
    return Error(StatusCode::kUnauthenticated,
                 "the device showed no certificate; set tls.certificate and tls.key on it");
  }
  const auto certified = map_.DeviceOf(caller.certificate);
  if (!certified.ok()) {
    return Error(StatusCode::kUnauthenticated,
                 Cat("its certificate names no device (", TextOf(caller.certificate),
                     "): ", Message(certified.status()),
                     "; it needs the URI godwit://device/ID, or a rule in the collector's "
                     "identity.map"));
  }
  if (*certified == device_id) return absl::OkStatus();
  return Error(StatusCode::kPermissionDenied, Cat("its certificate is that of device '", *certified,
                                                  "', not of '", device_id, "'"));
}

}  // namespace godwit::collector
