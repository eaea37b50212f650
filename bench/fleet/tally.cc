#include "bench/fleet/tally.h"

#include <cinttypes>
#include <cstdio>

namespace godwit::bench {
namespace {

void Print(const char* name, uint64_t count) {
  std::printf(",\"%s\":%" PRIu64, name, count);
}

}  // namespace

void Print(const FleetState& state, Tally& tally) {
  std::printf("{\"now\":%.3f,\"last_fetched\":%.3f", state.now, tally.last_fetched);
  Print("open", state.open);
  Print("back", state.back);
  Print("made", state.made);
  Print("settled", state.settled);
  Print("sessions", tally.sessions);
  Print("committed", tally.committed);
  Print("duplicates", tally.duplicates);
  Print("not_taken", tally.not_taken);
  Print("commands", tally.commands);
  Print("fetched", tally.fetched);
  Print("applied", tally.applied);
  const char* comma = "";
  std::printf(",\"failures\":{");
  for (const auto& [status, count] : tally.failures) {
    std::printf("%s\"%s\":%" PRIu64, comma, status.c_str(), count);
    comma = ",";
  }
  comma = "";
  std::printf("},\"verdict_ms\":[");
  for (const double milliseconds : tally.verdict_ms) {
    std::printf("%s%.2f", comma, milliseconds);
    comma = ",";
  }
  std::printf("]}\n");
  std::fflush(stdout);
  tally.verdict_ms.clear();
}

}  // namespace godwit::bench
