// The ports that store decisions of operators: commands, revisions, labels, acknowledged alerts.
// Each change and its entry in the audit log are stored together or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "collector/store/alert.h"
#include "collector/store/command.h"
#include "collector/store/label.h"
#include "collector/store/revision.h"

namespace godwit::collector {

// Stores commands. Writer-confined, as the other stores.
class CommandStore {
 public:
  virtual ~CommandStore() = default;

  // Issues a command and returns it as stored. If its id is there already and it is the same order
  // (IsSameOrder), nothing changes. kNotFound: the device is not known; kResourceExhausted: too
  // many wait; kAlreadyExists: another order has this id.
  [[nodiscard]] virtual StatusOr<CommandRow> Issue(const NewCommand& command,
                                                   int64_t now_unix_ns) = 0;
  // Returns the open commands of one device, oldest first: those that wait and have not expired,
  // and those that have started.
  [[nodiscard]] virtual StatusOr<std::vector<CommandRow>> OpenCommands(const std::string& device_id,
                                                                       int64_t now_unix_ns) = 0;
  // Takes a device's report, and answers whether the device may start the command.
  // kNotFound: the device has no such command.
  [[nodiscard]] virtual StatusOr<CommandAnswer> Report(const CommandReport& report,
                                                       int64_t now_unix_ns) = 0;
};

// Writer-confined.
class RevisionStore {
 public:
  virtual ~RevisionStore() = default;

  // Makes all of the offers or none, and returns the indexes in `offers` of those that are new. An
  // offer that is stored already, with the same id, device and revision, stays as it is and is not
  // new. kNotFound: a device is not known; kAlreadyExists: an id belongs to a different offer.
  [[nodiscard]] virtual StatusOr<std::vector<size_t>> Push(const std::vector<NewOffer>& offers,
                                                           int64_t now_unix_ns) = 0;
  // Records that a device runs with `effective`, and returns the newest offer to the device; none
  // if there is none. If this store does not know that revision (ConfigurationRow::foreign), offers
  // from before it was first reported are not returned. kNotFound: the device is not known.
  [[nodiscard]] virtual StatusOr<std::optional<OfferRow>> OfferFor(const std::string& device_id,
                                                                   const RevisionId& effective) = 0;
  // Returns the text of a revision. kNotFound: it was never offered to the device.
  [[nodiscard]] virtual StatusOr<std::string> RevisionText(const std::string& device_id,
                                                           const RevisionId& revision) = 0;
  // Takes a device's report. One on an offer that is not stored, or no longer, only records the
  // revision in force. kNotFound: the device is not known.
  [[nodiscard]] virtual Status ReportRevision(const RevisionReport& report,
                                              int64_t now_unix_ns) = 0;
};

// Writer-confined.
class LabelStore {
 public:
  virtual ~LabelStore() = default;

  // Changes labels: all of `change` or nothing. kNotFound: the device is not known;
  // kResourceExhausted: the device would have too many.
  [[nodiscard]] virtual Status SetLabels(const LabelChange& change, int64_t now_unix_ns) = 0;
};

// Writer-confined.
class AlertStore {
 public:
  virtual ~AlertStore() = default;

  // Acknowledges alerts. Those already acknowledged stay as they are; a call that adds nothing
  // changes nothing, and is not in the audit log. kNotFound: the device is not known, or never had
  // an alert of a kind.
  [[nodiscard]] virtual Status Acknowledge(const AlertAcknowledgement& alerts,
                                           int64_t now_unix_ns) = 0;
};

// Reads commands. Query-confined, as the other readers.
class CommandReader {
 public:
  virtual ~CommandReader() = default;

  // Returns commands of a device, newest first, at most `limit`.
  [[nodiscard]] virtual StatusOr<std::vector<CommandRow>> Commands(int64_t device,
                                                                   size_t limit) = 0;
  // Returns a command by its id. kNotFound: there is none.
  [[nodiscard]] virtual StatusOr<CommandRow> Command(const std::string& id) = 0;
};

// Confined to the thread of its connection.
class RevisionReader {
 public:
  virtual ~RevisionReader() = default;

  // Returns the newest offer and the revision in force; empty members if there is none.
  [[nodiscard]] virtual StatusOr<ConfigurationRow> Configuration(int64_t device) = 0;
  // Returns offers to a device, newest first, at most `limit`.
  [[nodiscard]] virtual StatusOr<std::vector<OfferRow>> Offers(int64_t device, size_t limit) = 0;
  // Returns a revision by a prefix of its id in hexadecimal digits. kNotFound: there is none;
  // kInvalidArgument: there are several.
  [[nodiscard]] virtual StatusOr<RevisionRow> Revision(const std::string& hex_prefix) = 0;
};

// Confined to the thread of its connection.
class LabelReader {
 public:
  virtual ~LabelReader() = default;

  [[nodiscard]] virtual StatusOr<Labels> OperatorLabels(int64_t device) = 0;
  // Returns entries of the audit log of one device, or of all (kEveryDevice); newest first, at most
  // `limit`.
  static constexpr int64_t kEveryDevice = 0;
  [[nodiscard]] virtual StatusOr<std::vector<AuditRow>> Audit(int64_t device, size_t limit) = 0;
};

}  // namespace godwit::collector
