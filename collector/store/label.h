// Defines the labels that operators give devices, and the rows of the audit log.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace godwit::collector {

using Labels = std::map<std::string, std::string>;

// A change of the labels that operators give one device, besides those that its settings give it.
struct LabelChange {
  std::string device_id;  // known to the store
  Labels set;
  std::set<std::string> remove;  // keys that the device does not have are ignored
  std::string issuer;
  std::string message;
};

// Returns the labels by which devices are selected: the device's own and the operators'. If both
// have a key, the operators' value is used.
inline Labels JoinedLabels(const Labels& own, Labels of_operators) {
  of_operators.insert(own.begin(), own.end());
  return of_operators;
}

// A row of the audit log: one change of one device by an operator.
struct AuditRow {
  int64_t time_unix_ns = 0;
  std::string issuer;
  std::string what;  // "command", "configuration", "labels", "alerts"
  std::string device_id;
  std::string device_name;
  std::string detail;   // AuditDetail
  std::string message;  // the operator's reason
};

struct NewCommand;
struct NewOffer;
// Return the detail of a change for the audit log: "run program=valve 1=40"; "revision 1f0c9a3e",
// or "its own files alone" for an offer without a revision; "site=plant-7 zone-" (sets site,
// removes zone). SqliteStore and the simulated store use them.
std::string AuditDetail(const NewCommand& command);
std::string AuditDetail(const NewOffer& offer);
std::string AuditDetail(const LabelChange& change);

}  // namespace godwit::collector
