// Reloads the settings of a running collector: on SIGHUP, and the files of its certificate also
// every kCertificateCheckPeriod, so that a program that renews them need not know this one. All
// changes are taken, or none, and the log says why; connections and sessions continue.
#pragma once

#include <functional>
#include <string>

#include "base/mutex.h"
#include "base/status.h"
#include "collector/live_settings.h"
#include "collector/served_certificate.h"
#include "platform/file_system.h"
#include "settings/collector_settings.h"

namespace godwit::collector {

LiveValues LiveValuesOf(const CollectorSettings& settings);

// Reloads settings. Confined to the main loop, except CertificateProblem.
class Reloader {
 public:
  using Load = std::function<StatusOr<CollectorSettings>()>;
  struct Dependencies {
    FileSystem& files;
    ServedCertificate& certificate;
    LiveSettings& live;
  };

  // `running` are the settings that the collector was started with; `load` reads the settings as
  // they are now.
  Reloader(CollectorSettings running, Load load, Dependencies dependencies);

  void Reload();
  // Reloads only the certificate.
  void CheckCertificate();

  // Returns why the files of the certificate were refused when they were last read; empty: they
  // were not. Thread-safe.
  std::string CertificateProblem() const;

 private:
  Status Take(CollectorSettings wanted);
  // Reads the texts that the settings name now, of the kind that the server was started with.
  StatusOr<TlsTexts> ReadTls(const CollectorSettings& settings) const;
  void NoteProblem(const Status& status);

  CollectorSettings settings_;
  const Load load_;
  const Dependencies deps_;
  mutable Mutex mutex_;
  std::string problem_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace godwit::collector
