// What operators order: checked, stored, then handed to the devices that are connected. Knows no
// gRPC and no SQL.
//
// An order has an id. A caller that makes it may give the order again when the answer was lost: as
// long as the store keeps the order, the second is the same one and changes nothing.
#pragma once

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "collector/orders/connected_devices.h"
#include "collector/store/writer.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::collector {

// Ingest-confined, as the devices it hands orders to. What `done` says is durable.
//
// kInvalidArgument names what is wrong; kNotFound: a device is not known; kResourceExhausted: it
// has too many already; kAlreadyExists: another order has this id; kUnavailable: come again.
class Orders {
 public:
  struct Dependencies {
    Executor& executor;  // ingest's
    Random& random;
  };
  // The writer and the devices outlive it.
  Orders(Writer& writer, ConnectedDevices& devices, Dependencies dependencies);

  // The command as the store has it; without an id of its caller it gets one. An order whose caller
  // has `gone` by the time of its turn is not carried out.
  using Issued = std::function<void(StatusOr<CommandRow>)>;
  void Issue(NewCommand command, absl::Duration life, Issued done, CallerGone gone = nullptr);

  // Offers a revision to each of the devices: all of them or none.
  using Pushed = std::function<void(Status)>;
  void Push(RevisionPush push, Pushed done, CallerGone gone = nullptr);

  using LabelsSet = std::function<void(Status)>;
  void SetLabels(LabelChange change, LabelsSet done, CallerGone gone = nullptr);

  using Acknowledged = std::function<void(Status)>;
  void Acknowledge(AlertAcknowledgement alerts, Acknowledged done, CallerGone gone = nullptr);

  // Refuses what comes after.
  void Stop() { stopping_ = true; }

 private:
  Status Admit(const Status& check) const;
  std::string NewId();

  Writer& writer_;
  ConnectedDevices& devices_;
  Dependencies deps_;
  bool stopping_ = false;
};

}  // namespace godwit::collector
