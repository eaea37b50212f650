// The ids this device has met and what became of them, on flash: what makes a command run at most
// once across crashes and power cuts. docs/remote-control.md has the rules, and the format:
//
//   <16 hex digits>.journal   the file's number; one of a higher number says what holds now
//     "GWCMD001"
//     entries: payload length (u32), XXH3-64 of the payload seeded with the file's number, payload
//       payload: 1, id (16), state (u8), expires_unix_ns (i64), life_ns (i64), kind, output
//            or: 2, mark (i64): every id that expires then or before is forgotten, and refused
//            or: 3, boot id (16), time_ns (i64) of its clock: a restart by command
//   A reader passes over a payload of another type.
//   Texts stand behind their length (varint). The last entry of an id holds. A file ends at the
//   first entry that is not whole.
//
// Invariants
//   - Put returned OK: the entry survives a power cut.
//   - No file is appended to after a failed write or sync: all that is known goes into a new one.
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

// Confined to one executor that may block.
class CommandJournal {
 public:
  // Reads what is there; writes nothing. The folder need not exist.
  [[nodiscard]] static StatusOr<std::unique_ptr<CommandJournal>> Open(FileSystem& files,
                                                                      std::string directory);

  const std::map<CommandId, JournalEntry>& entries() const { return entries_; }
  // The latest expiry that was let go of.
  int64_t mark_unix_ns() const { return mark_; }

  // Restarts by command, oldest first, at most kRestartsMax.
  const std::vector<RestartMark>& restarts() const { return restarts_; }

  [[nodiscard]] Status Put(const JournalEntry& entry);
  // Durable once the next Put has succeeded.
  void NoteRestart(const RestartMark& mark);
  // The collector has its output: it is cut to kReportedOutputBytesMax, for good when the file is
  // next written anew.
  void Shorten(const CommandId& id);
  // Of commands whose life is over. Raises the mark to the latest expiry among them. Lost in a
  // power cut, they are forgotten again.
  void Forget(const std::vector<CommandId>& ids);

 private:
  CommandJournal(FileSystem& files, std::string directory)
      : files_(files, std::move(directory), ".journal") {}

  Status Load();
  void TakeFile(std::string_view bytes, uint64_t number);
  void TakeRestart(const RestartMark& mark);
  void AppendUnsynced(std::string_view payload);
  Status Append(std::string_view payload);
  // All that is known into a new file; then the older ones go.
  Status Rewrite();

  NumberedFiles files_;
  std::map<CommandId, JournalEntry> entries_;
  int64_t mark_ = 0;
  std::vector<RestartMark> restarts_;
  std::unique_ptr<WritableFile> file_;  // none: the next Put begins one
  ByteCount bytes_ = 0;
};

}  // namespace godwit::agent
