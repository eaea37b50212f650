// Where orders are handed over: the devices whose command streams are open. The real one is Ingest.
#pragma once

#include "collector/store/command.h"
#include "collector/store/revision.h"

namespace godwit::collector {

// Ingest-confined. A device that is not connected is left out: it asks the store when it comes.
class ConnectedDevices {
 public:
  virtual ~ConnectedDevices() = default;

  virtual void Send(const CommandRow& command) = 0;
  virtual void Offer(const NewOffer& offer) = 0;
};

}  // namespace godwit::collector
