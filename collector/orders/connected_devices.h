// The port that delivers orders to the devices whose command streams are open. Ingest implements
// it.
#pragma once

#include "collector/store/command.h"
#include "collector/store/revision.h"

namespace godwit::collector {

// Delivers orders. Ingest-confined. A device that is not connected is skipped: it asks the store
// when it connects.
class ConnectedDevices {
 public:
  virtual ~ConnectedDevices() = default;

  virtual void Send(const CommandRow& command) = 0;
  virtual void Offer(const NewOffer& offer) = 0;
};

}  // namespace godwit::collector
