// Finds the records to merge in a store, over a connection of its own, so that the search, the
// decoding and the encoding delay no commit.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "collector/store/merged_record.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// The next step of merging.
struct MergeStep {
  enum class What {
    kReplace,  // `merged` takes the place of `records`
    kLeave,    // `records` stay as they are
    kWait,     // `records` wait since `since_unix_ns` from now on
  };
  What what = What::kReplace;
  int64_t device = 0;
  MergedRecord merged;
  std::vector<int64_t> records;
  int64_t since_unix_ns = 0;
};

// Finds merge steps. Confined to its owner.
class SqliteMergeSource {
 public:
  // Opens a source. Damage is reported to `health`, which is the store's.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteMergeSource>> Open(
      const std::string& file, std::shared_ptr<StoreHealth> health = nullptr);

  // Returns the step for records that have waited since `before_unix_ns` or longer; nothing if
  // there are none.
  [[nodiscard]] StatusOr<std::optional<MergeStep>> Next(int64_t before_unix_ns,
                                                        int64_t now_unix_ns);
  // Returns at most kMergeStepsMax steps: of devices whose records were received together, and so
  // have rows on the same pages. No record is in two of them.
  [[nodiscard]] StatusOr<std::vector<MergeStep>> NextGroup(int64_t before_unix_ns,
                                                           int64_t now_unix_ns);

 private:
  // A waiting record, and its place.
  struct Waiting {
    int64_t key = 0;
    int64_t device = 0;
    int64_t run = 0;
    Seq seq = 0;
    int64_t since_unix_ns = 0;
  };
  static const Waiting kNone;
  struct Neighbour {
    MergeCandidate record;
    int64_t moved_ns = 0;  // from its batch's times to those of its blocks
    int64_t since_unix_ns = 0;
  };
  // Returns false if the row of its boot is damaged or missing.
  static bool HasBoot(const Neighbour& neighbour) {
    return neighbour.record.boot_id.size() == kBootIdSize;
  }
  // The records of one hour of a run whose sequence numbers have no hole; a record without a boot
  // is alone.
  struct Neighbours {
    std::vector<Neighbour> records;  // by seq
    size_t picked = 0;
  };

  explicit SqliteMergeSource(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // Returns the record that has waited longest, of those after `after` in that order.
  StatusOr<std::optional<Waiting>> Longest(int64_t before_unix_ns, const Waiting& after);
  StatusOr<MergeStep> StepOf(const Waiting& waiting, int64_t before_unix_ns, int64_t now_unix_ns);
  StatusOr<Neighbours> Around(const Waiting& waiting);
  StatusOr<std::optional<Neighbour>> Load(int64_t run, Seq seq);
  Status LoadBlocks(Neighbour& record);
  StatusOr<bool> IsHead(int64_t record);
  StatusOr<std::optional<Batch>> LoadBatch(const Neighbour& record);

  std::unique_ptr<Database> database_;
};

}  // namespace godwit::collector
