// `godwit status`: the collector on one screen.
#include <cstdio>
#include <map>
#include <string>

#include "base/counted.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

std::string Rounded(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), number < 10 ? "%.2f" : "%.0f", number);
  return text;
}

std::string Refusals(const v1::GetStatusResponse& status) {
  std::string text;
  for (const v1::Count& refusal : status.refusals()) {
    text += Cat(text.empty() ? "" : ", ", refusal.name(), ": ", refusal.count());
  }
  return text.empty() ? "none" : text;
}

// A line each.
std::string Warnings(const v1::GetStatusResponse& status) {
  std::string text;
  for (const std::string& warning : status.warnings())
    text += Cat(text.empty() ? "" : "\n", warning);
  return text;
}

Row StatusFields(const v1::GetStatusResponse& status) {
  std::map<std::string, std::string> refusals;
  for (const v1::Count& refusal : status.refusals()) {
    refusals[refusal.name()] = std::to_string(refusal.count());
  }
  return {.fields = {{"version", status.version()},
                     {"started_unix_ns", status.started_unix_ns()},
                     {"devices", status.devices()},
                     {"devices_connected", status.devices_connected()},
                     {"samples_per_second", status.samples_per_second()},
                     {"commits_per_second", status.commits_per_second()},
                     {"commit_seconds", status.commit_seconds()},
                     {"samples", status.samples()},
                     {"records", status.records()},
                     {"batch_bytes", status.batch_bytes()},
                     {"commits", status.commits()},
                     {"duplicates", status.duplicates()},
                     {"refusals", refusals},
                     {"store_bytes", status.store_bytes()},
                     {"store_free_bytes", status.store_free_bytes()},
                     {"store_full", status.store_full()},
                     {"store_problem", status.store_problem()},
                     {"warnings", Warnings(status)},
                     {"stored_samples", status.stored_samples()},
                     {"oldest_unix_ns", status.oldest_unix_ns()},
                     {"retention", status.retention()},
                     {"merge_waiting", status.merge_waiting()},
                     {"disk_free_bytes", status.disk_free_bytes()},
                     {"resident_bytes", status.resident_bytes()}}};
}

}  // namespace

Status CollectorStatus(const Session& session, const Values&) {
  GODWIT_ASSIGN_OR_RETURN(const v1::GetStatusResponse status, session.client->GetStatus());
  RowWriter writer(stdout, session.format, {.single = true}, session.terminal);
  bool ok = true;
  const auto line = [&](const std::string& name, const std::string& value,
                        Tone tone = Tone::kPlain) {
    ok = ok && writer.Write({.cells = {name, value}, .tones = {Tone::kHeading, tone}});
  };
  if (session.format != Format::kTable) {
    ok = writer.Write(StatusFields(status));
    return writer.End() && ok ? absl::OkStatus() : OutputClosed();
  }
  line("collector", Cat("godwit-collector ", status.version(), ", started ",
                        AgeText(status.started_unix_ns(), session.now)));
  line("devices", Cat(status.devices(), ", ", status.devices_connected(), " connected"));
  line("ingest",
       Cat(Rounded(status.samples_per_second()), " samples/s over the last minute; ",
           status.samples(), " in ", Counted(status.records(), "record"), " since the start"));
  line("commits", Cat(Rounded(status.commits_per_second()), "/s, ",
                      Rounded(status.commit_seconds() * 1000), " ms each (median)"));
  line("refusals", Refusals(status), status.refusals().empty() ? Tone::kPlain : Tone::kBad);
  line("store",
       Cat(RoundSizeText(status.store_bytes()), ", ", RoundSizeText(status.store_free_bytes()),
           " of it free for reuse; ", Counted(status.stored_samples(), "sample"), " ever stored"));
  if (!status.store_problem().empty()) line("problem", status.store_problem(), Tone::kBad);
  for (const std::string& warning : status.warnings()) line("warning", warning, Tone::kBad);
  line("retention",
       Cat(status.retention(), "; the oldest sample is of ", TimeText(status.oldest_unix_ns())));
  line("merging", Counted(status.merge_waiting(), "record waits", "records wait"));
  line("disk",
       Cat(RoundSizeText(status.disk_free_bytes()), " free",
           status.store_full() ? "; FULL: devices keep their data" : ""),
       status.store_full() ? Tone::kBad : Tone::kPlain);
  line("memory", Cat(RoundSizeText(status.resident_bytes()), " resident"));
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
