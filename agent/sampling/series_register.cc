#include "agent/sampling/series_register.h"

#include <utility>

#include "base/checksum.h"
#include "base/text.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::agent {
namespace {

uint64_t IdentityOf(const Series& series) {
  return Checksum(Cat(SeriesText(series), "\n", series.unit, "\n", KindName(series.kind)));
}

// What a series takes of a table's canonical encoding, at most.
size_t BytesOf(const Series& series) {
  return EncodeCanonical({.series = {series}}).size();
}

}  // namespace

SeriesRegister::Claim SeriesRegister::Register(Owner owner, const Table& table) {
  Claim claim;
  const auto problem = [&](std::string text) {
    if (claim.problem.empty()) claim.problem = std::move(text);
  };
  size_t bytes = 0;
  for (size_t i = 0; i < table.series.size(); ++i) {
    const Series& series = table.series[i];
    const size_t own_bytes = BytesOf(series);
    if (const Status status = CheckSeries(series); !status.ok()) {
      ++claim.not_ours;
      problem(Message(status));
      continue;
    }
    const uint64_t identity = IdentityOf(series);
    const auto found = owners_.find(identity);
    if (found != owners_.end()) {
      ++claim.not_ours;
      problem(Cat(
          SeriesText(series),
          found->second == owner
              ? " occurs twice"
              : " already belongs to another sensor; give one of them an attribute of its own"));
    } else if (owners_.size() >= max_) {
      ++claim.beyond_limit;
      problem(Cat("more than ", max_, " series on this device (agent.max_series)"));
    } else if (bytes + own_bytes > kTableBytesMax) {
      ++claim.beyond_limit;
      problem(
          Cat("the series of one group take more than ", SizeText(kTableBytesMax),
              "; shorten their attributes; the first series without room: ", SeriesText(series)));
    } else {
      bytes += own_bytes;
      owners_.emplace(identity, owner);
      claim.admitted.push_back(i);
    }
  }
  return claim;
}

void SeriesRegister::Release(Owner owner) {
  std::erase_if(owners_, [owner](const auto& entry) { return entry.second == owner; });
}

}  // namespace godwit::agent
