// godwit: the operator's command.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/units.h"
#include "cli/commands.h"

namespace godwit::cli {
namespace {

struct Options {
  std::string collector = "127.0.0.1:7444";
  bool insecure = false;
  std::string output;
  std::string since;
  SampleSelection selection;
};

Format FormatNamed(const std::string& name) {
  if (name == "json") return Format::kJson;
  if (name == "jsonl") return Format::kJsonLines;
  if (name == "csv") return Format::kCsv;
  return Format::kTable;
}

int ExitCode(const Status& status) {
  if (status.ok()) return kExitOk;
  std::fprintf(stderr, "godwit: %s\n", Message(status).c_str());
  switch (status.code()) {
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
      return kExitPermission;
    case StatusCode::kInvalidArgument:
      return kExitUsage;
    default:
      return kExitFailed;
  }
}

using Command = Status (*)(FleetClient&, Format, const SampleSelection&, absl::Time);

Status Run(Options& options, Command command) {
  if (!options.since.empty()) {
    GODWIT_ASSIGN_OR_RETURN(options.selection.since, ParseDuration(options.since));
  }
  GODWIT_ASSIGN_OR_RETURN(const auto client,
                          FleetClient::Connect(options.collector, options.insecure));
  return command(*client, FormatNamed(options.output), options.selection, absl::Now());
}

void AddSelection(CLI::App* command, Options& options) {
  command->add_option("glob", options.selection.glob,
                      "Series by name, such as 'system.cpu.*'; by attributes too with a '{': "
                      "'system.cpu.time{cpu.mode=user}'");
}

}  // namespace
}  // namespace godwit::cli

int main(int argc, char** argv) {
  using namespace godwit;
  cli::Options options;
  CLI::App app("Asks a Godwit collector.", "godwit");
  app.set_version_flag("--version", "godwit " GODWIT_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--collector", options.collector, "Address of the collector's operators port")
      ->envname("GODWIT_COLLECTOR")
      ->capture_default_str();
  app.add_flag("--insecure", options.insecure, "Allow plaintext beyond this machine");
  app.add_option("-o,--output", options.output, "table, json, jsonl or csv")
      ->check(CLI::IsMember({"table", "json", "jsonl", "csv"}));

  cli::Command command = nullptr;
  CLI::App* device = app.add_subcommand("device", "Devices");
  device->require_subcommand(1);
  device->add_subcommand("ls", "List devices: when last seen, what is stored, what is missing")
      ->callback([&] {
        command = [](cli::FleetClient& client, cli::Format format, const cli::SampleSelection&,
                     absl::Time now) { return cli::DeviceLs(client, format, now); };
      });

  CLI::App* latest = app.add_subcommand("latest", "The newest value of each series of a device");
  latest->add_option("device", options.selection.device, "A prefix of the device's name or id")
      ->required();
  cli::AddSelection(latest, options);
  latest->callback([&] { command = cli::Latest; });

  CLI::App* export_command =
      app.add_subcommand("export", "Every sample of a device, by run, record and tick");
  export_command
      ->add_option("-d,--device", options.selection.device, "A prefix of the device's name or id")
      ->required();
  cli::AddSelection(export_command, options);
  export_command->add_option("--since", options.since, "How far back, such as 1h; default: all");
  export_command->callback([&] {
    command = cli::Export;
    if (options.output.empty()) options.output = "jsonl";
  });

  CLI::App* gaps =
      app.add_subcommand("gaps", "What is missing of a device's samples, how much, and why");
  gaps->add_option("device", options.selection.device, "A prefix of the device's name or id")
      ->required();
  gaps->callback([&] { command = cli::Gaps; });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return cli::ExitCode(cli::Run(options, command));
}
