// Defines labels of operators, and the log of every change.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace godwit::collector {

using Labels = std::map<std::string, std::string>;

// A change of the labels that operators give a device beside its own.
struct LabelChange {
  std::string device_id;  // known to the store
  Labels set;
  std::set<std::string> remove;  // missing ones are ignored
  std::string issuer;
  std::string message;
};

// Returns the labels for selection: the device's own, overridden by the operators'.
inline Labels JoinedLabels(const Labels& own, Labels of_operators) {
  of_operators.insert(own.begin(), own.end());
  return of_operators;
}

// One change of one device: who, what, when, why.
struct AuditRow {
  int64_t time_unix_ns = 0;
  std::string issuer;
  std::string what;  // "command", "configuration", "labels", "alerts"
  std::string device_id;
  std::string device_name;
  std::string detail;
  std::string message;
};

struct NewCommand;
struct NewOffer;
// Returns the change in words, in both stores: "run program=valve 1=40", "revision 1f0c9a3e",
// "site=plant-7 zone-".
std::string AuditDetail(const NewCommand& command);
std::string AuditDetail(const NewOffer& offer);
std::string AuditDetail(const LabelChange& change);

}  // namespace godwit::collector
