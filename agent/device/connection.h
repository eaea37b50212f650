// The connection to the collector in use, with everything that a session over it needs. It can be
// replaced while the device runs.
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
  // The dependencies. All of them outlive it.
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

  // Opens a connection, not yet started. Without an endpoint there is none. `only_store`:
  // UploadOptions::only_store.
  void Open(const AgentSettings& settings, const ChannelOptions& channel, const Identity& identity,
            const std::string& only_store);
  void Start();
  // Replaces the connection by another one, and starts that.
  void Replace(const AgentSettings& settings, const ChannelOptions& channel,
               const std::string& only_store);
  // Closes the connection. Calls of other parts over it end, too.
  void Close();
  // Sends what the spool has and calls `done`: at once if there is no connection, else after
  // `limit` at the latest. The connection is closed by then.
  void Drain(absl::Duration limit, std::function<void()> done);

  void Wake();
  void Flush();
  void NetworkChanged(bool address_gone);

  // Returns the uploader; null: no endpoint is set.
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
