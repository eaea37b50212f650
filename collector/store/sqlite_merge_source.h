// Finds what is to be merged in a store, over a connection of its own, so that the search, the
// decoding and the encoding keep no commit waiting.
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

// The next thing to do.
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

// Confined to its owner.
class SqliteMergeSource {
 public:
  // `health` is the store's, and hears of damage.
  [[nodiscard]] static StatusOr<std::unique_ptr<SqliteMergeSource>> Open(
      const std::string& file, std::shared_ptr<StoreHealth> health = nullptr);

  // For records that have waited since `before_unix_ns` or longer; nothing when there are none.
  [[nodiscard]] StatusOr<std::optional<MergeStep>> Next(int64_t before_unix_ns,
                                                        int64_t now_unix_ns);
  // The same for several of them, at most kMergeStepsMax: of devices whose records came together,
  // and so have rows on the same pages. No record is of two of them.
  [[nodiscard]] StatusOr<std::vector<MergeStep>> NextGroup(int64_t before_unix_ns,
                                                           int64_t now_unix_ns);

 private:
  // One that waits, and its place.
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
  // False where the row of its boot is damaged or missing.
  static bool HasBoot(const Neighbour& neighbour) {
    return neighbour.record.boot_id.size() == kBootIdSize;
  }
  // Those of one hour of a run, whose seqs have no hole; one without a boot is alone.
  struct Neighbours {
    std::vector<Neighbour> records;  // by seq
    size_t picked = 0;
  };

  explicit SqliteMergeSource(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  // The one that has waited longest, of those behind `after` in that order.
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
