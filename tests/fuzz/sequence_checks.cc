#include "tests/fuzz/sequence_checks.h"

#include <cstdio>
#include <set>

#include "base/check.h"
#include "collector/fleet/device_page.h"
#include "collector/fleet/gap_query.h"
#include "collector/fleet/latest_query.h"
#include "collector/store/store_tools.h"
#include "tests/fuzz/good_device.h"
#include "tests/sim/collector_life.h"

namespace godwit::collector {
namespace {

// The list of devices, as operators have it from memory.
void CheckList(CollectorLife& life, const GoodDevice& device, size_t devices) {
  DeviceListQuery list(life.reader(), life.directory(), life.statistics(), life.clock());
  size_t listed = 0;
  while (const auto page = Require(list.NextPage(), "list the devices' summaries")) {
    for (const v1::DeviceSummary& summary : page->devices()) {
      ++listed;
      if (summary.device_id() != GoodDevice::kId) continue;
      GODWIT_CHECK(summary.records() == device.records() && summary.missing_ticks_24h() == 0);
    }
  }
  GODWIT_CHECK(listed == devices);
}

// Reads every record of a device, and returns how many there are.
size_t ReadRecords(SqliteReader& reader, const DeviceRow& row) {
  std::set<Seq> seqs;
  RecordCursor cursor;
  while (const auto next = Require(reader.Next(row.key, cursor, {}), "the next record")) {
    GODWIT_CHECK(cursor < next->cursor);
    cursor = next->cursor;
    for (Seq seq = next->first_seq; seq <= cursor.seq; ++seq) seqs.insert(seq);
    for (const StoredSlice& slice : next->slices) Require(reader.Slice(slice.key), "a slice");
  }
  return seqs.size();
}

void CheckDevice(SqliteReader& reader, const DeviceRow& row, const GoodDevice& device) {
  GapQuery gaps(reader, {row.key, row.facts.device_id, row.facts.name});
  while (Require(gaps.NextPage(), "list gaps")) {
  }
  for (const RunRow& run : Require(reader.Runs(row.key), "list runs")) {
    Require(reader.Extent(run.key), "a run's extent");
  }
  Require(reader.Heads(row.key), "the latest values");
  const size_t records = ReadRecords(reader, row);
  if (row.facts.device_id == GoodDevice::kId) GODWIT_CHECK(records == device.records());
}

}  // namespace

void Require(const Status& status, std::string_view what) {
  if (status.ok()) return;
  std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(what.size()), what.data(),
               Message(status).c_str());
  GODWIT_CHECK(status.ok());
}

void CheckGoodDevice(CollectorLife& life, const GoodDevice& device) {
  const auto rows = Require(life.reader().Devices(), "list the devices");
  bool found = false;
  for (const DeviceRow& row : rows) {
    if (row.facts.device_id != GoodDevice::kId) continue;
    found = true;
    GODWIT_CHECK(row.records == device.records() && row.samples == 2 * device.records());
    GODWIT_CHECK(row.duplicates == 0 && row.runs == 1 && row.unclean_runs == 0);
    GODWIT_CHECK(row.gap_records.empty() && row.alerts.empty());
  }
  GODWIT_CHECK(found);
  CheckList(life, device, rows.size());
  Require(life.reader().Statistics(), "the store's figures");
  GODWIT_CHECK(life.store().health()->problem().empty());
}

void CheckStore(CollectorLife& life, const GoodDevice& device) {
  for (const DeviceRow& row : Require(life.reader().Devices(), "list the devices")) {
    CheckDevice(life.reader(), row, device);
  }
  const auto verdict = Require(VerifyStore(CollectorLife::kStore), "verify the store");
  for (const std::string& problem : verdict.problems) {
    std::fprintf(stderr, "store verify: %s\n", problem.c_str());
  }
  GODWIT_CHECK(verdict.problems_found == 0);
}

}  // namespace godwit::collector
