#include "collector/fleet/command_page.h"

#include <cstdint>
#include <vector>

#include "collector/limits.h"

namespace godwit::collector {

NewCommand CommandOf(const v1::SendCommandRequest& request, const DeviceName& device) {
  NewCommand command{.id = request.command_id(),
                     .device_id = device.id,
                     .kind = request.kind(),
                     .issuer = request.issuer(),
                     .message = request.message()};
  for (const v1::Setting& argument : request.arguments()) {
    command.arguments[argument.name()] = argument.value();
  }
  return command;
}

void SeeExpired(int64_t now_unix_ns, CommandRow& row) {
  if (row.state != CommandState::kWaiting || now_unix_ns < row.command.expires_unix_ns) return;
  row.state = CommandState::kExpired;
  row.output = "the device did not fetch it in time";
  row.ended_unix_ns = row.command.expires_unix_ns;
}

void Fill(const CommandRow& row, const std::string& device_name, v1::CommandInfo& info) {
  const NewCommand& command = row.command;
  info.set_command_id(command.id);
  info.set_device_id(command.device_id);
  info.set_device_name(device_name);
  info.set_kind(command.kind);
  for (const auto& [name, value] : command.arguments) {
    v1::Setting& argument = *info.add_arguments();
    argument.set_name(name);
    argument.set_value(value);
  }
  info.set_issuer(command.issuer);
  info.set_message(command.message);
  info.set_issued_unix_ns(row.issued_unix_ns);
  info.set_expires_unix_ns(command.expires_unix_ns);
  info.set_state(std::string(CommandStateName(row.state)));
  info.set_output(row.output);
  info.set_started_unix_ns(row.started_unix_ns);
  info.set_ended_unix_ns(row.ended_unix_ns);
}

Status FillCommands(StoreReader& reader, Directory& directory, int64_t now_unix_ns,
                    const std::string& text, v1::ListCommandsResponse& response) {
  GODWIT_ASSIGN_OR_RETURN(const DeviceName device, directory.Find(reader, text));
  GODWIT_ASSIGN_OR_RETURN(std::vector<CommandRow> rows,
                          reader.Commands(device.key, kCommandsShown));
  for (CommandRow& row : rows) {
    SeeExpired(now_unix_ns, row);
    Fill(row, device.name, *response.add_commands());
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
