// Takes the orders of operators: checks them, stores them, then hands them to the connected
// devices. Knows neither gRPC nor SQL.
//
// An order has an id. A caller that chooses it may repeat the order when its answer was lost: as
// long as the store keeps the order, the repetition is the same order and changes nothing.
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

// Takes orders. Ingest-confined, as are the devices that it hands orders to. What `done` reports is
// durable.
//
// kInvalidArgument names what is wrong; kNotFound: a device is not known; kResourceExhausted: it
// has too many already; kAlreadyExists: another order has this id; kUnavailable: try again.
class Orders {
 public:
  struct Dependencies {
    Executor& executor;  // ingest's
    Random& random;
  };
  // The writer and the devices outlive it.
  Orders(Writer& writer, ConnectedDevices& devices, Dependencies dependencies);

  // Issues a command and returns it as stored; the collector makes an id if the caller has not. An
  // order whose caller has `gone` by the time of its turn is not carried out.
  using Issued = std::function<void(StatusOr<CommandRow>)>;
  void Issue(NewCommand command, absl::Duration life, Issued done, CallerGone gone = nullptr);

  // Offers a revision to each of the devices: all of them or none.
  using Pushed = std::function<void(Status)>;
  void Push(RevisionPush push, Pushed done, CallerGone gone = nullptr);

  using LabelsSet = std::function<void(Status)>;
  void SetLabels(LabelChange change, LabelsSet done, CallerGone gone = nullptr);

  using Acknowledged = std::function<void(Status)>;
  void Acknowledge(AlertAcknowledgement alerts, Acknowledged done, CallerGone gone = nullptr);

  // Refuses all later orders.
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
