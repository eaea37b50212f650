// The uplink of a device: connects the session (session.h), the pump (upload_pump.h) and the
// quarantine (quarantine.h), and decides nothing itself.
#pragma once

#include <functional>
#include <utility>

#include "agent/uplink/quarantine.h"
#include "agent/uplink/session.h"
#include "agent/uplink/upload_counters.h"
#include "agent/uplink/upload_pump.h"

namespace godwit::agent {

// The uplink. Loop-confined. Borrows all that it is constructed with, except the options and the
// identity. The outbox ends in the same task of the loop.
class Uploader final {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Random& random;
    DeviceReporter& reporter;
    CommandReceiver* commands = nullptr;  // none: commands are passed over
  };

  Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
           Transport& transport, Dependencies dependencies);

  // See Session and UploadPump.
  void Start() { session_.Start(); }
  void Wake() { pump_.Wake(); }
  void Flush() { session_.Flush(); }
  void NetworkChanged(bool address_gone) { session_.NetworkChanged(address_gone); }
  void Drain(std::function<void()> done) { session_.Drain(std::move(done)); }

  SessionState state() const { return session_.state(); }
  const UploadCounters& counters() const { return counters_; }

 private:
  UploadCounters counters_;
  Quarantine quarantine_;
  UploadPump pump_;
  Session session_;
};

}  // namespace godwit::agent
