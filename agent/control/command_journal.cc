#include "agent/control/command_journal.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/control/limits.h"
#include "agent/control/output.h"
#include "base/bytes.h"
#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kMagic = "GWCMD001";
constexpr ByteCount kFileBytesMax = 2 * kJournalBytesMax;
enum Payload : uint8_t { kEntry = 1, kMark = 2, kRestart = 3 };

std::string PayloadOf(const JournalEntry& entry) {
  std::string payload(1, kEntry);
  payload += entry.id;
  Put(payload, static_cast<uint8_t>(entry.state));
  Put(payload, entry.expires_unix_ns);
  Put(payload, absl::ToInt64Nanoseconds(entry.life));
  PutText(payload, entry.kind);
  PutText(payload, entry.output);
  return payload;
}

std::string PayloadOf(int64_t mark) {
  std::string payload(1, kMark);
  Put(payload, mark);
  return payload;
}

std::string PayloadOf(const RestartMark& restart) {
  std::string payload(1, kRestart);
  payload += restart.boot_id;
  Put(payload, absl::ToInt64Nanoseconds(restart.at));
  return payload;
}

std::string Framed(std::string_view payload, uint64_t number) {
  std::string out;
  Put(out, static_cast<uint32_t>(payload.size()));
  Put(out, Checksum(payload, number));
  out += payload;
  return out;
}

bool ParseEntry(ByteReader& reader, JournalEntry& entry) {
  std::string_view id;
  std::string_view kind;
  std::string_view output;
  uint8_t state = 0;
  int64_t life_ns = 0;
  if (!reader.GetBytes(kCommandIdSize, id) || !reader.Get(state) ||
      !reader.Get(entry.expires_unix_ns) || !reader.Get(life_ns) || !reader.GetText(kind) ||
      !reader.GetText(output)) {
    return false;
  }
  if (state < static_cast<uint8_t>(CommandState::kReceived) ||
      state > static_cast<uint8_t>(CommandState::kOutcomeUnknown)) {
    return false;
  }
  entry.id = id;
  entry.state = static_cast<CommandState>(state);
  entry.life = std::min(absl::Nanoseconds(life_ns), kCommandLifeMax);
  entry.kind = kind;
  entry.output = output;
  return true;
}

bool ParseRestart(ByteReader& reader, RestartMark& restart) {
  std::string_view boot_id;
  int64_t at_ns = 0;
  if (!reader.GetBytes(kBootIdSize, boot_id) || !reader.Get(at_ns)) return false;
  restart.boot_id = boot_id;
  restart.at = absl::Nanoseconds(at_ns);
  return true;
}

}  // namespace

StatusOr<std::unique_ptr<CommandJournal>> CommandJournal::Open(FileSystem& files,
                                                               std::string directory) {
  std::unique_ptr<CommandJournal> journal(new CommandJournal(files, std::move(directory)));
  GODWIT_RETURN_IF_ERROR(journal->Load());
  return journal;
}

Status CommandJournal::Load() {
  GODWIT_RETURN_IF_ERROR(files_.Load(
      kFileBytesMax, [this](std::string_view bytes, uint64_t number) { TakeFile(bytes, number); }));
  std::erase_if(entries_, [this](const auto& known) {
    return known.second.state != CommandState::kStarted && known.second.expires_unix_ns <= mark_;
  });
  return absl::OkStatus();
}

void CommandJournal::TakeFile(std::string_view bytes, uint64_t number) {
  ByteReader reader(bytes);
  std::string_view magic;
  if (!reader.GetBytes(kMagic.size(), magic) || magic != kMagic) return;
  uint32_t size = 0;
  uint64_t checksum = 0;
  std::string_view payload;
  while (reader.Get(size) && reader.Get(checksum) && reader.GetBytes(size, payload) &&
         Checksum(payload, number) == checksum) {
    ByteReader fields(payload);
    uint8_t type = 0;
    JournalEntry entry;
    RestartMark restart;
    int64_t mark = 0;
    if (!fields.Get(type)) return;
    if (type == kEntry && ParseEntry(fields, entry)) {
      // A file that was being replaced stands beside the one that replaces it.
      JournalEntry& known = entries_[entry.id];
      if (known.id.empty() || known.state <= entry.state) known = std::move(entry);
    } else if (type == kMark && fields.Get(mark)) {
      mark_ = std::max(mark_, mark);
    } else if (type == kRestart && ParseRestart(fields, restart)) {
      TakeRestart(restart);
    }
  }
}

void CommandJournal::TakeRestart(const RestartMark& mark) {
  // Both files have it while one replaces the other.
  if (std::find(restarts_.begin(), restarts_.end(), mark) != restarts_.end()) return;
  restarts_.push_back(mark);
  if (restarts_.size() > kRestartsMax) restarts_.erase(restarts_.begin());
}

Status CommandJournal::Put(const JournalEntry& entry) {
  const auto before = entries_.find(entry.id) == entries_.end()
                          ? std::nullopt
                          : std::optional<JournalEntry>(entries_.at(entry.id));
  entries_[entry.id] = entry;
  Status status = file_ != nullptr && bytes_ < kJournalBytesMax
                      ? Append(PayloadOf(entry))
                      : Error(StatusCode::kOutOfRange, "a new file is due");
  if (!status.ok()) status = Rewrite();
  if (status.ok()) return status;
  // Nobody may count on what is not on flash.
  if (before) {
    entries_[entry.id] = *before;
  } else {
    entries_.erase(entry.id);
  }
  return Annotate(status, "command journal");
}

Status CommandJournal::Append(std::string_view payload) {
  const std::string framed = Framed(payload, files_.number());
  Status status = file_->Append(framed);
  if (status.ok()) status = file_->Sync();
  bytes_ += framed.size();
  if (!status.ok()) file_ = nullptr;
  return status;
}

Status CommandJournal::Rewrite() {
  file_ = nullptr;
  std::string bytes(kMagic);
  GODWIT_ASSIGN_OR_RETURN(file_, files_.Replace([&](uint64_t number) {
    if (mark_ != 0) bytes += Framed(PayloadOf(mark_), number);
    for (const RestartMark& restart : restarts_) bytes += Framed(PayloadOf(restart), number);
    for (const auto& [id, entry] : entries_) bytes += Framed(PayloadOf(entry), number);
    return bytes;
  }));
  bytes_ = bytes.size();
  return absl::OkStatus();
}

void CommandJournal::Shorten(const CommandId& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  found->second.output = ReportedOutput(found->second.output);
}

void CommandJournal::Forget(const std::vector<CommandId>& ids) {
  for (const CommandId& id : ids) {
    const auto found = entries_.find(id);
    if (found == entries_.end()) continue;
    mark_ = std::max(mark_, found->second.expires_unix_ns);
    entries_.erase(found);
  }
  AppendUnsynced(PayloadOf(mark_));
}

void CommandJournal::NoteRestart(const RestartMark& mark) {
  TakeRestart(mark);
  AppendUnsynced(PayloadOf(mark));
}

// Its own sync is not needed: the next entry's covers it, and stands behind it.
void CommandJournal::AppendUnsynced(std::string_view payload) {
  if (file_ == nullptr) return;  // the file that the next entry begins has it
  const std::string framed = Framed(payload, files_.number());
  if (const Status status = file_->Append(framed); !status.ok()) {
    LogWarning(Cat("command journal: ", Message(status)));
    file_ = nullptr;
    return;
  }
  bytes_ += framed.size();
}

}  // namespace godwit::agent
