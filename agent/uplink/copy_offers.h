// The quarantined copies that are offered to a collector: each at most once in a session, and none
// that this collector has already refused.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <vector>

#include "agent/uplink/outbox.h"

namespace godwit::agent {

// Keeps names only; the copies themselves are files of the spool. Thread-compatible.
class CopyOffers {
 public:
  // Lists the copies that the inventory names. Of those whose records are still held it lists the
  // first kReportedQuarantinedMax: OpenSession reports no more, the collector settles these, and so
  // they are not sent from the spool as well.
  void List(const SpoolInventory& inventory);
  // Starts the offers of a session: leaves out the copies that this collector has refused.
  void Begin();

  // Takes the next copy to read from the list. Empty when there is none.
  std::optional<RecordName> Take();
  // Puts back the copy that was taken last: the stream had no room for it.
  void PutBack(const RecordName& name) { waiting_.push_front(name); }
  // Notes that the disk does not read the copy now.
  void NoteUnread(const RecordName& name) { unread_.push_back(name); }
  bool has_unread() const { return !unread_.empty(); }
  // Lists the unread copies again, after the others.
  void RetryUnread();

  // Notes that the copy is sent in this session.
  void NoteOffered(const RecordName& name) { offered_.insert(name); }
  bool IsOffered(const RecordName& name) const { return offered_.contains(name); }
  // Note the collector's answer, to a copy or to a record that was copied because of it.
  void NoteTaken(const RecordName& name) { refused_.erase(name); }
  void NoteRefused(const RecordName& name) { refused_.insert(name); }
  // Forgets all answers: another collector judges for itself.
  void ForgetAnswers() { refused_.clear(); }

 private:
  std::deque<RecordName> waiting_;
  std::vector<RecordName> unread_;
  std::set<RecordName> offered_;
  std::set<RecordName> refused_;  // of copies that exist, as of the last inventory
};

}  // namespace godwit::agent
