// The composition root of the collector: builds every part from the settings, wires them, starts
// and stops them. It decides nothing.
//
// Threads: main (signals), ingest, writer, query, and gRPC's own.
#pragma once

#include <functional>
#include <memory>

#include "base/status.h"
#include "settings/collector_settings.h"

namespace godwit::collector {

class Collector {
 public:
  // Makes a collector. `load` reads the settings again on SIGHUP, on the main thread.
  // kInvalidArgument: the settings; kUnavailable: an address or the store is in use; others: the
  // store.
  [[nodiscard]] static StatusOr<std::unique_ptr<Collector>> Create(
      const CollectorSettings& settings, std::function<StatusOr<CollectorSettings>()> load);
  // Gives the uploads under way their verdicts, then closes the listeners and ends the threads.
  ~Collector();

  // Runs until SIGTERM or SIGINT; the destructor then stops the parts. SIGHUP reloads the settings
  // (reload.h).
  void Run();

 private:
  struct Parts;
  explicit Collector(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace godwit::collector
