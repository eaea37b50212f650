#include "collector/store/sqlite_commands.h"

#include <map>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/sqlite_audit.h"
#include "collector/store/sqlite_devices.h"

namespace godwit::collector {
namespace {

constexpr char kSelectById[] =
    "SELECT command.command_id, device.device_id, kind, arguments, issuer, message,"
    " expires_unix_ns, state, output, start_id, issued_unix_ns, begun_unix_ns, ended_unix_ns"
    " FROM command JOIN device ON device.key = command.device WHERE command.command_id = ?";
constexpr char kSelectOpen[] =
    "SELECT command.command_id, device.device_id, kind, arguments, issuer, message,"
    " expires_unix_ns, state, output, start_id, issued_unix_ns, begun_unix_ns, ended_unix_ns"
    " FROM command JOIN device ON device.key = command.device"
    " WHERE command.device = ? AND state < 2 AND (state = 1 OR expires_unix_ns > ?)"
    " ORDER BY command.key";
constexpr char kSelectNewest[] =
    "SELECT command.command_id, device.device_id, kind, arguments, issuer, message,"
    " expires_unix_ns, state, output, start_id, issued_unix_ns, begun_unix_ns, ended_unix_ns"
    " FROM command JOIN device ON device.key = command.device"
    " WHERE command.device = ? ORDER BY command.key DESC LIMIT ?";

std::string Encode(const std::map<std::string, std::string>& arguments) {
  std::string out;
  for (const auto& [name, value] : arguments) {
    PutText(out, name);
    PutText(out, value);
  }
  return out;
}

CommandRow RowOf(const Statement& row) {
  CommandRow out{.command = {.id = row.Bytes(0),
                             .device_id = row.Bytes(1),
                             .kind = row.Bytes(2),
                             .issuer = row.Bytes(4),
                             .message = row.Bytes(5),
                             .expires_unix_ns = row.Integer(6)},
                 .state = static_cast<CommandState>(row.Integer(7)),
                 .output = row.Bytes(8),
                 .start_id = row.Unsigned(9),
                 .issued_unix_ns = row.Integer(10),
                 .started_unix_ns = row.Integer(11),
                 .ended_unix_ns = row.Integer(12)};
  const std::string arguments = row.Bytes(3);
  ByteReader reader(arguments);
  std::string_view name;
  std::string_view value;
  while (reader.GetText(name) && reader.GetText(value)) {
    out.command.arguments.emplace(name, value);
  }
  return out;
}

StatusOr<std::vector<CommandRow>> RowsOf(Statement& rows) {
  std::vector<CommandRow> out;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return out;
    out.push_back(RowOf(rows));
  }
}

StatusOr<CommandRow> Find(Database& database, const std::string& id) {
  Statement find = database.Prepare(kSelectById);
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindBlob(id).Step());
  if (!row) return Error(StatusCode::kNotFound, "store: no such command");
  return RowOf(find);
}

}  // namespace

StatusOr<CommandRow> SqliteCommands::Issue(const NewCommand& command, int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(command.device_id));
  if (auto earlier = Find(database_, command.id); !absl::IsNotFound(earlier.status())) {
    if (!earlier.ok() || IsSameOrder(earlier->command, command)) return earlier;
    return Error(StatusCode::kAlreadyExists, "another command has this id");
  }
  {
    Statement count = database_.Prepare(
        "SELECT count(*) FROM command WHERE device = ? AND state < 2 AND expires_unix_ns > ?");
    GODWIT_RETURN_IF_ERROR(count.Bind(device).Bind(now_unix_ns).Step().status());
    if (count.Unsigned(0) >= kOpenCommandsMax) {
      return Error(StatusCode::kResourceExhausted,
                   Cat(kOpenCommandsMax,
                       " commands already wait for this device; try again when some have ended"));
    }
  }
  // The oldest of what can come no more makes room.
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("DELETE FROM command WHERE device = ?1 AND expires_unix_ns <= ?2 AND key <="
                   " (SELECT key FROM command WHERE device = ?1 ORDER BY key DESC"
                   " LIMIT 1 OFFSET ?3)")
          .Bind(device)
          .Bind(now_unix_ns)
          .Bind(uint64_t{kCommandsKept})
          .Run());
  const std::string arguments = Encode(command.arguments);
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO command (command_id, device, kind, arguments, issuer, message,"
                   " issued_unix_ns, expires_unix_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
          .BindBlob(command.id)
          .Bind(device)
          .BindText(command.kind)
          .BindBlob(arguments)
          .BindText(command.issuer)
          .BindText(command.message)
          .Bind(now_unix_ns)
          .Bind(command.expires_unix_ns)
          .Run());
  GODWIT_RETURN_IF_ERROR(SqliteAudit(database_).Note(device, "command", command, now_unix_ns));
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  return CommandRow{.command = command, .issued_unix_ns = now_unix_ns};
}

StatusOr<std::vector<CommandRow>> SqliteCommands::OpenCommands(const std::string& device_id,
                                                               int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(device_id));
  Statement rows = database_.Prepare(kSelectOpen);
  rows.Bind(device).Bind(now_unix_ns);
  return RowsOf(rows);
}

StatusOr<CommandAnswer> SqliteCommands::Report(const CommandReport& report, int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  GODWIT_ASSIGN_OR_RETURN(CommandRow row, Find(database_, report.id));
  if (row.command.device_id != report.device_id) {
    return Error(StatusCode::kNotFound, "store: no such command of this device");
  }
  const CommandAnswer answer = Judge(report, now_unix_ns, row);
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE command SET state = ?, output = ?, start_id = ?, begun_unix_ns = ?,"
                   " ended_unix_ns = ? WHERE command_id = ?")
          .Bind(static_cast<int64_t>(row.state))
          .BindText(row.output)
          .Bind(row.start_id)
          .Bind(row.started_unix_ns)
          .Bind(row.ended_unix_ns)
          .BindBlob(report.id)
          .Run());
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  return answer;
}

StatusOr<std::vector<CommandRow>> SqliteCommandReader::Commands(int64_t device, size_t limit) {
  Statement rows = database_.Prepare(kSelectNewest);
  rows.Bind(device).Bind(uint64_t{limit});
  return RowsOf(rows);
}

StatusOr<CommandRow> SqliteCommandReader::Command(const std::string& id) {
  return Find(database_, id);
}

}  // namespace godwit::collector
