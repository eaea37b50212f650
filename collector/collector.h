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
  // Makes a collector. `load` reads the settings again on SIGHUP. kInvalidArgument: the settings;
  // kUnavailable: an address or the store is in use; others: the store.
  [[nodiscard]] static StatusOr<std::unique_ptr<Collector>> Create(
      const CollectorSettings& settings, std::function<StatusOr<CollectorSettings>()> load);
  ~Collector();

  // Runs until SIGTERM or SIGINT, then answers the streams under way and closes. SIGHUP: reload.h.
  void Run();

 private:
  struct Parts;
  explicit Collector(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace godwit::collector
