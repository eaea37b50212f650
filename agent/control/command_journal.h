// Keeps on flash the commands that this device has received and their outcomes, so that a command
// runs at most once across crashes and power cuts. docs/remote-control.md has the rules. The
// format:
//
//   <16 hex digits>.journal   the file's number. A newer file replaces an older one; a reader that
//                             finds several reads all of them, in the order of their numbers
//     "GWCMD001"
//     entries: payload length (u32), XXH3-64 of the payload seeded with the file's number, payload
//       payload: 1, id (16), state (u8), expires_unix_ns (i64), life_ns (i64), kind, output
//            or: 2, mark (i64): a command that expires then or earlier is forgotten, and refused,
//                                unless its state is "started"
//            or: 3, boot id (16), time_ns (i64) of its clock: a restart by command
//   A reader skips payloads of other types.
//   Each text follows its length (varint). The entry of an id that has the furthest state is valid,
//   and the last of equal ones. A file ends at the first entry that is not whole.
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
  // Reads the journal; writes nothing. The folder need not exist. A damaged file is no error.
  // Errors: the disk's.
  [[nodiscard]] static StatusOr<std::unique_ptr<CommandJournal>> Open(FileSystem& files,
                                                                      std::string directory);

  const std::map<CommandId, JournalEntry>& entries() const { return entries_; }
  // Returns the latest expiry among the forgotten commands; 0: none was forgotten.
  int64_t mark_unix_ns() const { return mark_; }

  // Returns the restarts by command, oldest first, at most kRestartsMax.
  const std::vector<RestartMark>& restarts() const { return restarts_; }

  // Adds or replaces an entry; durable when this returns OK. After an error, entries() has what it
  // had before, and the next Put writes a new file.
  [[nodiscard]] Status Put(const JournalEntry& entry);
  // Records a restart. Durable once the next Put has succeeded.
  void NoteRestart(const RestartMark& mark);
  // Shortens the output of a command to kReportedOutputBytesMax; to be called when the collector
  // has the whole output. On flash it is shortened when the file is next rewritten.
  void Shorten(const CommandId& id);
  // Forgets these commands, which have expired, and raises the mark to the latest expiry among
  // them. Durable once the next Put has succeeded: after an earlier power cut the commands are
  // present again, and the caller forgets them again.
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
  std::unique_ptr<WritableFile> file_;  // null: the next Put starts a new file
  ByteCount bytes_ = 0;
};

}  // namespace godwit::agent
