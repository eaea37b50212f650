// Queues the reports of ended commands for the collector, in order and bounded.
//
// Of a command in the journal only the id is queued. Its result stays in the journal, so there are
// at most kJournalEntriesMax of them, and none can be lost. The refusal of a command that never ran
// exists only here, at most kRefusalsWaitingMax of them. Further ones are dropped and counted: the
// collector sends the command again with its next stream, and it is refused again.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "agent/control/command.h"

namespace godwit::agent {

// Loop-confined.
class CommandReports {
 public:
  struct Report {
    CommandId id;
    std::optional<JournalEntry> refusal;  // none: the journal has the result
  };

  // Queue a report, unless one of the same command is queued already.
  void AddResult(const CommandId& id);
  void AddRefusal(const JournalEntry& refusal);

  bool Contains(const CommandId& id) const;
  bool empty() const { return waiting_.empty(); }
  const Report& front() const { return waiting_.front(); }
  void PopFront();
  // Returns the number of refusals dropped since the start.
  uint64_t dropped_refusals() const { return dropped_; }

 private:
  std::deque<Report> waiting_;
  size_t refusals_ = 0;  // of those that wait
  uint64_t dropped_ = 0;
  bool is_dropping_ = false;  // since the queue was last empty
};

}  // namespace godwit::agent
