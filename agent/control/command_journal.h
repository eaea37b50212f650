// The journal of the commands that this device has met and their outcomes, on flash. It makes a
// command run at most once across crashes and power cuts. docs/remote-control.md has the rules. The
// format:
//
//   <16 hex digits>.journal   the file's number; the file of the highest number is valid
//     "GWCMD001"
//     entries: payload length (u32), XXH3-64 of the payload seeded with the file's number, payload
//       payload: 1, id (16), state (u8), expires_unix_ns (i64), life_ns (i64), kind, output
//            or: 2, mark (i64): every id that expires then or before is forgotten, and refused
//            or: 3, boot id (16), time_ns (i64) of its clock: a restart by command
//   A reader skips payloads of other types.
//   Each text follows its length (varint). The last entry of an id is valid. A file ends at the
//   first entry that is not whole.
//
// Invariants
//   - After Put has returned OK, the entry survives a power cut.
//   - A file is not appended to after a failed write or sync: a new file gets all entries.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/control/command.h"
#include "agent/control/numbered_files.h"
#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

// The journal. Confined to one executor that may block.
class CommandJournal {
 public:
  // Reads the journal; writes nothing. The folder need not exist.
  [[nodiscard]] static StatusOr<std::unique_ptr<CommandJournal>> Open(FileSystem& files,
                                                                      std::string directory);

  const std::map<CommandId, JournalEntry>& entries() const { return entries_; }
  // Returns the latest expiry among the forgotten commands.
  int64_t mark_unix_ns() const { return mark_; }

  // Returns the restarts by command, oldest first, at most kRestartsMax.
  const std::vector<RestartMark>& restarts() const { return restarts_; }

  [[nodiscard]] Status Put(const JournalEntry& entry);
  // Records a restart. Durable once the next Put has succeeded.
  void NoteRestart(const RestartMark& mark);
  // Cuts the output of a command that the collector has to kReportedOutputBytesMax. On flash it is
  // cut when the file is next rewritten.
  void Shorten(const CommandId& id);
  // Forgets expired commands, and raises the mark to the latest expiry among them. If a power cut
  // loses that, they are forgotten again.
  void Forget(const std::vector<CommandId>& ids);

 private:
  CommandJournal(FileSystem& files, std::string directory)
      : files_(files, std::move(directory), ".journal") {}

  Status Load();
  void TakeFile(std::string_view bytes, uint64_t number);
  void TakeRestart(const RestartMark& mark);
  void AppendUnsynced(std::string_view payload);
  Status Append(std::string_view payload);
  // Writes all entries to a new file, then removes the older files.
  Status Rewrite();

  NumberedFiles files_;
  std::map<CommandId, JournalEntry> entries_;
  int64_t mark_ = 0;
  std::vector<RestartMark> restarts_;
  std::unique_ptr<WritableFile> file_;  // none: the next Put begins one
  ByteCount bytes_ = 0;
};

}  // namespace godwit::agent
