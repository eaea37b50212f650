// The connection to the collector that is in use, with all that a session over it needs. Another
// one can take its place while the device runs.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/device/ports.h"
#include "agent/uplink/command_receiver.h"
#include "agent/uplink/uploader.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::agent {

// Loop-confined.
class Connection {
 public:
  // All of them outlive it.
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Executor& storage;
    Random& random;
    Spool& spool;  // storage-confined
    DeviceReporter& reporter;
    CommandReceiver& commands;
    SettingsLoader& loader;
    TransportFactory& transports;
    DeviceProcess& process;
  };

  explicit Connection(Dependencies dependencies) : deps_(dependencies) {}

  // Not yet started. Without an endpoint there is no connection. `only_store`:
  // UploadOptions::only_store.
  void Open(const AgentSettings& settings, const ChannelOptions& channel, const Identity& identity,
            const std::string& only_store);
  void Start();
  // Another in its place, started.
  void Replace(const AgentSettings& settings, const ChannelOptions& channel,
               const std::string& only_store);
  // Calls of others over it end, too.
  void Close();
  // Sends what is there and calls `done`, at once if there is no connection, and after `limit` at
  // the latest. The connection is closed by then.
  void Drain(absl::Duration limit, std::function<void()> done);

  void Wake();
  void Flush();
  void NetworkChanged(bool address_gone);

  // Null: no endpoint is set.
  const Uploader* uploader() const { return uploader_.get(); }
  Uploader* uploader() { return uploader_.get(); }
  bool HasSession() const;

 private:
  void FinishDrain(const std::function<void()>& done);

  Dependencies deps_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Uploader> uploader_;
  std::unique_ptr<Timer> drain_timer_;
};

}  // namespace godwit::agent
