#include "collector/reload.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/counted.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "settings/reload_log.h"

namespace godwit::collector {
namespace {

// The sockets are open, sessions have been admitted, the store is locked, and what is received is
// counted.
constexpr std::string_view kNeedsRestart[] = {"listen.", "identity.", "store.path",
                                              "limits.received"};

bool NeedsRestart(const std::string& name) {
  return std::any_of(std::begin(kNeedsRestart), std::end(kNeedsRestart),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

Status WithARestartOnly(std::string_view what) {
  return Error(StatusCode::kFailedPrecondition, Cat(what, " changes only with a restart"));
}

}  // namespace

LiveValues LiveValuesOf(const CollectorSettings& settings) {
  return {.retention = {.keep = {.age = settings.retention_age, .bytes = settings.retention_bytes},
                        .min_age = settings.retention_min_age},
          .reserve_free = settings.reserve_free,
          .merge_after = settings.merge_after,
          .quotas = {.bytes = settings.device_bytes, .series = settings.device_series}};
}

Reloader::Reloader(CollectorSettings running, Load load, Dependencies dependencies)
    : settings_(std::move(running)), load_(std::move(load)), deps_(dependencies) {}

void Reloader::Reload() {
  auto wanted = load_();
  const Status status = wanted.ok() ? Take(*std::move(wanted)) : wanted.status();
  if (!status.ok()) LogReloadRefusal(status);
}

Status Reloader::Take(CollectorSettings wanted) {
  const auto changed = ChangedSettings(settings_.checked, wanted.checked);
  const auto fixed = std::find_if(changed.begin(), changed.end(), NeedsRestart);
  if (fixed != changed.end()) return WithARestartOnly(*fixed);
  GODWIT_ASSIGN_OR_RETURN(TlsTexts texts, ReadTls(wanted));
  const bool renewed = deps_.certificate.Exchange(std::move(texts));
  NoteProblem(absl::OkStatus());
  settings_ = std::move(wanted);
  deps_.live.Set(LiveValuesOf(settings_));
  LogInfo(Cat("reload: ", Counted(changed.size(), "setting"), " changed",
              renewed ? "; new connections use the new certificate" : ""));
  return absl::OkStatus();
}

StatusOr<TlsTexts> Reloader::ReadTls(const CollectorSettings& settings) const {
  Problems problems;
  TlsTexts texts = ReadTlsFiles(settings.checked.sections.at("tls"), deps_.files, problems);
  GODWIT_RETURN_IF_ERROR(problems.ToStatus());
  if (texts.certificate.empty() != deps_.certificate.is_plaintext()) {
    return WithARestartOnly("whether tls.certificate is set");
  }
  if (texts.ca.empty() == deps_.certificate.asks_devices()) {
    return WithARestartOnly("whether tls.ca is set");
  }
  return texts;
}

// Half of a renewal may be there already: it is logged once, and checked again.
void Reloader::CheckCertificate() {
  auto texts = ReadTls(settings_);
  NoteProblem(texts.status());
  if (texts.ok() && deps_.certificate.Exchange(*std::move(texts))) {
    LogInfo("tls: the files have changed; new connections use the new certificate");
  }
}

void Reloader::NoteProblem(const Status& status) {
  // Of several problems the first, without the line of the file.
  std::string problem = Message(status);
  problem.resize(std::min(problem.find('\n'), problem.size()));
  const MutexLock lock(mutex_);
  if (std::exchange(problem_, problem) == problem) return;
  if (problem.empty()) return LogInfo("tls: the files can be used again");
  LogError(
      Cat("tls: the files cannot be used, so the previous certificate stays in use: ", problem));
}

std::string Reloader::CertificateProblem() const {
  const MutexLock lock(mutex_);
  return problem_;
}

}  // namespace godwit::collector
