// Defines revisions as the store has them: the texts of configurations, offers of them to devices,
// and what devices report to run with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::collector {

// The id of a revision: the first 16 bytes of the SHA-256 of its text; empty: the device's own
// files alone.
using RevisionId = std::string;
inline constexpr size_t kRevisionIdSize = 16;

// An operator's decision on the configuration of one device.
struct NewOffer {
  std::string id;         // of 16 bytes
  std::string device_id;  // known to the store
  RevisionId revision;
  std::string text;  // of that revision; in the first of several offers of it only
  std::string issuer;
  std::string message;
};

// The state of an offer. A device's reports only ever raise it. The numbers are those of the store
// and never change.
enum class OfferState : uint8_t {
  kWaiting = 0,
  kApplying = 1,
  kApplied = 2,
  kUnset = 3,  // the device runs with its own files alone
  kFailed = 4,
};
// Returns "waiting", "applying", "applied", "unset" or "failed".
std::string_view OfferStateName(OfferState state);

// A configuration for several devices; no text: their own files alone.
struct RevisionPush {
  std::string id;  // 16 random bytes, from which its offers' ids follow; empty: none yet
  std::vector<std::string> device_ids;  // known to the store
  std::string text;
  std::string issuer;
  std::string message;
};

struct OfferRow {
  NewOffer offer;  // without its text
  OfferState state = OfferState::kWaiting;
  std::string reason;
  int64_t issued_unix_ns = 0;
  int64_t reported_unix_ns = 0;  // 0: the device has not reported on it
};

// A device's report on its configuration.
struct RevisionReport {
  std::string device_id;
  RevisionId effective;
  std::string offer_id;  // empty: of none
  OfferState state = OfferState::kWaiting;
  std::string reason;
};

// Applies `report` to the offer it names, in both stores. A late call changes nothing. Pure.
void Take(const RevisionReport& report, int64_t now_unix_ns, OfferRow& row);

// The configuration of a device.
struct ConfigurationRow {
  RevisionId effective;  // as it last reported
  // True if this store has no such revision: it was restored from an old copy, or the device comes
  // from another collector. Earlier offers are not made until an operator decides again.
  bool foreign = false;
  std::optional<OfferRow> newest;
};

struct RevisionRow {
  RevisionId id;
  std::string text;
};

}  // namespace godwit::collector
