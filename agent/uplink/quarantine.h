// Keeps copies of the records that a collector does not take, and decides when so many are rejected
// that the upload has to stop.
//
// Invariants
//   - A record that is rejected, or in conflict, is settled only once a synced copy of it is in the
//     spool. A record without room for a copy stays in the spool and is not sent to this collector
//     again.
//   - kRejectionsInARowMax records rejected in a row block the upload: the collector is broken, not
//     the records. From then on one record is sent as a probe, at once and then every kProbePeriod,
//     until one is taken.
//   - Another collector, or another version of it, judges for itself: it is offered all copies, and
//     probed at once.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "agent/uplink/copy_offers.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/upload_counters.h"

namespace godwit::agent {

// A collector as a judge of records: another store, or another version, may judge otherwise.
struct CollectorName {
  std::string store_id;
  std::string version;
  friend bool operator==(const CollectorName&, const CollectorName&) = default;
};

// Handles rejected and conflicting records. Loop-confined. Borrows the outbox, whose answers refer
// to the quarantine: both end in the same task of the loop. Times are on the boot clock.
class Quarantine {
 public:
  // Counts rejections and conflicts in `counters`.
  Quarantine(Outbox& outbox, UploadCounters& counters) : outbox_(outbox), counters_(counters) {}

  // Prepares the session that is about to open: tries again the copies that had no room, and lists
  // the copies to offer.
  void PrepareSession(const SpoolInventory& inventory);
  // Begins a session with a collector that may take records.
  void BeginSession(const CollectorName& collector);

  // Settles what a stream's reply allows, and copies what was not taken. `reported` are the copies
  // that the stream has reported.
  void Settle(const std::vector<RecordName>& reported, const StreamVerdicts& verdicts);
  // Takes the copied records that the collector does not know of, at most kReportedQuarantinedMax:
  // the next stream reports them.
  std::vector<RecordName> TakeUnreported();

  CopyOffers& copies() { return copies_; }
  const CopyOffers& copies() const { return copies_; }
  // Returns the records that are not sent: refused, and without room for a copy.
  std::set<RecordName> withheld() const;
  // Returns the records that this collector has rejected, the worst probes. At most
  // kReportedQuarantinedMax.
  const std::set<RecordName>& rejected() const { return rejected_; }

  // Returns whether only probes may be sent.
  bool blocks_upload() const;
  // Returns the time until the next probe, 0 if it is due.
  absl::Duration UntilProbe(absl::Duration now) const;
  // Notes that a probe was rejected: the next one comes after kProbePeriod.
  void NoteProbeRejected(absl::Duration now);
  // Has the next session send a probe.
  void SetProbeDue() { probe_due_ = true; }
  // Returns whether a probe is due, and counts it as sent.
  bool TakeProbeDue();

 private:
  void ForgetJudgements(const CollectorName& collector);
  bool CountRejection(const RecordName& name);
  void Copy(const std::vector<RecordName>& names, QuarantineKind kind, const std::string& reason);
  void CopyAgain(const SpoolInventory& inventory);
  void NoteCopies(QuarantineKind kind, const QuarantineAnswer& answer);

  Outbox& outbox_;
  UploadCounters& counters_;
  CopyOffers copies_;
  std::optional<CollectorName> collector_;  // of the last session that may take records
  int rejections_in_a_row_ = 0;
  std::set<RecordName> rejected_;
  // Records that are skipped, because they would be first in every session. At most
  // kReportedQuarantinedMax.
  std::map<RecordName, QuarantineKind> without_copy_;
  std::vector<RecordName> unreported_;
  bool no_room_logged_ = false;
  bool probe_due_ = false;
  std::optional<absl::Duration> next_probe_at_;  // once a probe was rejected, until one is taken
};

}  // namespace godwit::agent
