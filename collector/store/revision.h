// Revisions as the store has them: the texts of configurations, offers of them to devices, and what
// devices say they run with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace godwit::collector {

// The first 16 bytes of SHA-256 over its text; empty: the device's own files alone.
using RevisionId = std::string;
inline constexpr size_t kRevisionIdSize = 16;

// An operator's decision on what one device is to run with.
struct NewOffer {
  std::string id;         // of 16 bytes
  std::string device_id;  // known to the store
  RevisionId revision;
  std::string text;  // of that revision; in the first of several offers of it only
  std::string issuer;
  std::string message;
};

// What came of an offer. A device only ever goes on to a higher one. The numbers are those of the
// store, for ever.
enum class OfferState : uint8_t {
  kWaiting = 0,
  kApplying = 1,
  kApplied = 2,
  kUnset = 3,  // the device runs with its own files alone
  kFailed = 4,
};
// "waiting", "applying", "applied", "unset", "failed".
std::string_view OfferStateName(OfferState state);

// What an operator wants devices to run with; no text: their own files alone.
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
  int64_t reported_unix_ns = 0;  // 0: the device has said nothing of it
};

// What a device says.
struct RevisionReport {
  std::string device_id;
  RevisionId effective;
  std::string offer_id;  // empty: of none
  OfferState state = OfferState::kWaiting;
  std::string reason;
};

// What `report` makes of the offer it speaks of, in both stores. A call that came late changes
// nothing. Pure.
void Take(const RevisionReport& report, int64_t now_unix_ns, OfferRow& row);

// What a device runs with.
struct ConfigurationRow {
  RevisionId effective;  // as it last said
  // This store has no such revision: it was put back from an old copy, or the device comes from
  // another collector. No offer of before is made until an operator decides anew.
  bool foreign = false;
  std::optional<OfferRow> newest;
};

struct RevisionRow {
  RevisionId id;
  std::string text;
};

}  // namespace godwit::collector
