#include "agent/spool_command.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "agent/assembly.h"
#include "agent/device/part_options.h"
#include "agent/spool/foreign.h"
#include "agent/spool/spool.h"
#include "base/counted.h"
#include "base/exit_code.h"
#include "base/foreign_text.h"
#include "base/text.h"
#include "codec/batch_codec.h"
#include "platform/linux/file_owner.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"

namespace godwit::agent {
namespace {

// Which spool, and whose.
struct Subject {
  std::string path;
  std::string device_id;
};

StatusOr<Subject> FindSubject(const DaemonCommandLine& line) {
  const auto settings = LoadSettings(line.config);
  // A card can be read on a machine that has no agent.
  if (settings.status().code() == StatusCode::kNotFound && !line.path.empty()) {
    return Subject{line.path, {}};
  }
  GODWIT_RETURN_IF_ERROR(settings.status());
  GODWIT_ASSIGN_OR_RETURN(const Identity identity, MakeIdentity(*settings));
  return Subject{line.path.empty() ? settings->spool_path : line.path, identity.device_id};
}

std::string WhoseText(const SpooledRun& run, const Subject& subject) {
  if (run.unread) return "cannot be read";
  if (run.device_id == subject.device_id) return run.device_id;
  return Cat(run.device_id, run.foreign ? " (another device: not sent)" : " (adopted)");
}

Status PrintQuarantine(FileSystem& files, const Subject& subject) {
  QuarantineFiles quarantine(files, subject.path, subject.device_id);
  GODWIT_RETURN_IF_ERROR(quarantine.Load());
  const auto print = [](const std::vector<RecordName>& names, const char* why) {
    for (const RecordName& name : names) {
      std::printf("in quarantine, %s: %s/%llu\n", why, Hex(name.run).c_str(),
                  static_cast<unsigned long long>(name.seq));
    }
  };
  print(quarantine.Names(QuarantineKind::kRejected), "rejected");
  print(quarantine.Names(QuarantineKind::kConflict), "in conflict");
  return absl::OkStatus();
}

// "running": an agent writes it, so that it has no end yet.
const char* EndText(const SpooledRun& run, bool is_written) {
  if (run.excluded()) return "?";
  if (!run.unclean) return "clean";
  return is_written ? "running" : "cut off";
}

// The run that an agent writes at this moment: the newest of this device while somebody has the
// lock. Null: nobody writes.
const SpooledRun* WrittenRun(const RecoveredSpool& found, const Subject& subject) {
  if (!IsLocked(Cat(subject.path, "/", kLockName))) return nullptr;
  const SpooledRun* newest = nullptr;
  for (const SpooledRun& run : found.runs) {
    const bool own = !run.excluded() && run.device_id == subject.device_id;
    if (own && (newest == nullptr || run.number > newest->number)) newest = &run;
  }
  return newest;
}

Status PrintStat(FileSystem& files, const Subject& subject) {
  GODWIT_ASSIGN_OR_RETURN(const RecoveredSpool found,
                          RecoverSpool(files, subject.path, subject.device_id));
  const SpooledRun* const written = WrittenRun(found, subject);
  std::printf("%-16s  %6s  %8s  %9s  %12s  %-8s  %s\n", "RUN", "NUMBER", "SEGMENTS", "RECORDS",
              "BYTES", "END", "DEVICE");
  ByteCount bytes = 0;
  for (const SpooledRun& run : found.runs) {
    ByteCount run_bytes = 0;
    for (const auto& [key, segment] : run.segments) run_bytes += segment.bytes;
    bytes += run_bytes;
    std::printf("%-16s  %6llu  %8zu  %9s  %12llu  %-8s  %s\n", Hex(run.id).c_str(),
                static_cast<unsigned long long>(run.number), run.segments.size(),
                run.excluded() ? "?" : std::to_string(run.held.Count()).c_str(),
                static_cast<unsigned long long>(run_bytes), EndText(run, &run == written),
                ForeignText(WhoseText(run, subject)).c_str());
  }
  std::printf("%s, %s in %s\n", Counted(found.runs.size(), "run").c_str(),
              Counted(bytes, "byte").c_str(), subject.path.c_str());
  GODWIT_RETURN_IF_ERROR(PrintQuarantine(files, subject));
  for (const Loss& loss : found.losses.All()) {
    std::printf("lost, not reported yet: %s/%llu to %llu\n", Hex(loss.run).c_str(),
                static_cast<unsigned long long>(loss.seqs.first),
                static_cast<unsigned long long>(loss.seqs.last));
  }
  return absl::OkStatus();
}

// How many segments have damage.
StatusOr<int> Verify(FileSystem& files, const Subject& subject) {
  GODWIT_ASSIGN_OR_RETURN(const RecoveredSpool found,
                          RecoverSpool(files, subject.path, subject.device_id));
  int damaged = 0;
  size_t segments = 0;
  size_t records = 0;
  for (const SpooledRun& run : found.runs) {
    for (const auto& [key, segment] : run.segments) {
      ++segments;
      GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(segment.path));
      const auto index = ReadIndex(*file, segment.name, run.device_id);
      if (!index.ok()) {
        ++damaged;
        std::printf("%s: %s\n", segment.path.c_str(), Message(index.status()).c_str());
        continue;
      }
      records += index->records.size();
      if (index->damaged_bytes == 0) continue;
      ++damaged;
      std::printf("%s: %s of %llu, %s\n", segment.path.c_str(),
                  Counted(index->damaged_bytes, "damaged byte").c_str(),
                  static_cast<unsigned long long>(segment.bytes),
                  Counted(index->records.size(), "sound record").c_str());
    }
  }
  std::printf("%s, %s, %s with damage\n", Counted(segments, "segment").c_str(),
              Counted(records, "sound record").c_str(),
              Counted(static_cast<uint64_t>(damaged), "segment").c_str());
  return damaged;
}

std::string ValueText(const Value& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* state = std::get_if<std::string>(&value)) return *state;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), std::get<double>(value));
  return std::string(text, end.ptr);
}

using Tables = std::map<TableId, Table>;

void PrintBatch(const RecordName& name, const Batch& batch, const Tables& tables) {
  for (const Block& block : batch.blocks) {
    const auto table = tables.find(block.table);
    const bool fits = table != tables.end() && CheckBlock(block, table->second).ok();
    for (size_t tick = 0; tick < block.ticks.size(); ++tick) {
      const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ",
                                                absl::FromUnixNanos(block.ticks[tick].time_unix_ns),
                                                absl::UTCTimeZone());
      for (size_t i = 0; i < block.columns.size(); ++i) {
        const Value value = block.columns[i].At(tick);
        if (std::holds_alternative<std::monostate>(value)) continue;
        const std::string series =
            fits ? SeriesText(table->second.series[i]) : Cat(Hex(block.table), "[", i, "]");
        std::printf("%s/%llu\t%s\t%s\t%s\n", Hex(name.run).c_str(),
                    static_cast<unsigned long long>(name.seq), time.c_str(),
                    CleanLine(series, std::string::npos).c_str(),
                    CleanLine(ValueText(value), std::string::npos).c_str());
      }
    }
  }
}

Status CatSegment(const ReadableFile& file, const SpooledRun& run, const SpooledSegment& segment,
                  Seq only, Tables& tables) {
  SegmentReader reader(file, segment.name, run.device_id);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const auto entry, reader.Next());
    if (!entry) return absl::OkStatus();
    const EntryHeader& header = entry->place.header;
    if (header.type == EntryType::kTable) {
      auto table = DecodeTable(entry->payload.substr(kTableIdSize));
      if (table.ok()) tables[TableId(entry->payload.substr(0, kTableIdSize))] = *std::move(table);
    }
    if (header.type != EntryType::kRecord || (only != 0 && header.seq != only)) continue;
    const auto batch = DecodeBatch(entry->payload.substr(header.count * kTableIdSize));
    if (!batch.ok()) {
      std::fprintf(stderr, "godwit-agent: record %s/%llu: %s\n", Hex(run.id).c_str(),
                   static_cast<unsigned long long>(header.seq), Message(batch.status()).c_str());
      continue;
    }
    PrintBatch({run.id, header.seq}, *batch, tables);
  }
}

// "RUN" or "RUN/SEQ"; empty for all.
StatusOr<RecordName> ParseSelection(const std::string& text) {
  RecordName name;
  if (text.empty()) return name;
  const size_t slash = std::min(text.find('/'), text.size());
  const char* const begin = text.data();
  const auto run = std::from_chars(begin, begin + slash, name.run, 16);
  bool good = run.ec == std::errc{} && run.ptr == begin + slash && name.run != 0;
  if (slash < text.size()) {
    const auto seq = std::from_chars(begin + slash + 1, begin + text.size(), name.seq);
    good = good && seq.ec == std::errc{} && seq.ptr == begin + text.size() && name.seq != 0;
  }
  if (good) return name;
  return Error(StatusCode::kInvalidArgument,
               Cat("'", text, "' is not RUN or RUN/SEQ; `godwit-agent spool stat` lists the runs"));
}

Status PrintSamples(FileSystem& files, const Subject& subject, const std::string& argument) {
  GODWIT_ASSIGN_OR_RETURN(const RecordName selected, ParseSelection(argument));
  GODWIT_ASSIGN_OR_RETURN(const RecoveredSpool found,
                          RecoverSpool(files, subject.path, subject.device_id));
  bool any = selected.run == 0;
  for (const SpooledRun& run : found.runs) {
    if (selected.run != 0 && run.id != selected.run) continue;
    any = true;
    Tables tables;
    for (const auto& [key, segment] : run.segments) {
      GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(segment.path));
      GODWIT_RETURN_IF_ERROR(CatSegment(*file, run, segment, selected.seq, tables));
    }
  }
  if (any) return absl::OkStatus();
  return Error(StatusCode::kNotFound, Cat("no run ", Hex(selected.run), " in ", subject.path));
}

int Fail(const Status& status) {
  std::fprintf(stderr, "godwit-agent: %s\n", Message(status).c_str());
  switch (status.code()) {
    case StatusCode::kPermissionDenied:
      return kExitPermission;
    case StatusCode::kUnavailable:
      return kExitUnreachable;
    case StatusCode::kInternal:
      return kExitStorage;
    default:
      return kExitFailed;
  }
}

}  // namespace

int RunSpoolCommand(const DaemonCommandLine& line) {
  const auto subject = FindSubject(line);
  if (!subject.ok()) {
    std::fprintf(stderr, "godwit-agent: %s\n", Message(subject.status()).c_str());
    return kExitSettings;
  }
  const bool writes =
      line.command == DaemonCommand::kSpoolAdopt || line.command == DaemonCommand::kSpoolDrop;
  if (writes) {
    // The owner of the spool, an agent's user or that of a card from elsewhere, has to read it
    // later.
    if (const Status owner = BecomeOwnerOf({subject->path}, line.words); !owner.ok()) {
      return Fail(owner);
    }
  }
  LinuxFileSystem files;
  switch (line.command) {
    case DaemonCommand::kSpoolVerify: {
      const auto damaged = Verify(files, *subject);
      if (!damaged.ok()) return Fail(damaged.status());
      return *damaged == 0 ? kExitOk : kExitFailed;
    }
    case DaemonCommand::kSpoolCat: {
      const Status status = PrintSamples(files, *subject, line.argument);
      return status.ok() ? kExitOk : Fail(status);
    }
    case DaemonCommand::kSpoolAdopt: {
      const Status status = AdoptDevice(files, subject->path, subject->device_id, line.argument);
      if (!status.ok()) return Fail(status);
      std::printf("adopted: the agent sends the records of '%s' after its next start\n",
                  line.argument.c_str());
      return kExitOk;
    }
    case DaemonCommand::kSpoolDrop: {
      const auto bytes = DropDevice(files, subject->path, subject->device_id, line.argument);
      if (!bytes.ok()) return Fail(bytes.status());
      std::printf("dropped %s of '%s'\n", Counted(*bytes, "byte").c_str(), line.argument.c_str());
      return kExitOk;
    }
    default: {
      const Status status = PrintStat(files, *subject);
      return status.ok() ? kExitOk : Fail(status);
    }
  }
}

}  // namespace godwit::agent
