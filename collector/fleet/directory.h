// The directory of all devices of the store, in memory: their identities, by which they are found
// and selected, and summaries of their state. The writer notes what is out of date; that is read
// again when an operator asks for it, so an answer includes everything that was committed before
// the question.
//
// Memory: an identity of each device (some 300 bytes without labels), and the summaries of
// kSummariesKept devices.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "collector/store/store.h"
#include "collector/store/store_observer.h"

namespace godwit::collector {

// The summary of a device: without the settings and sensors of its newest report; of its gaps the
// rarest reasons beyond kGapReasonsShown are joined into one. If it cannot be read, an alert says
// so instead.
struct DeviceSummary {
  DeviceRow row;
  uint64_t missing_ticks_24h = 0;
};

// The directory. Thread-safe. Callers pass the reader of their own thread.
class Directory final : public StoreObserver {
 public:
  void OnIdentity(const std::string& device_id) override;
  void OnState(const std::string& device_id) override;

  // Reads at most `count` identities that are out of date. Returns whether there are more.
  // Questions read all of them.
  [[nodiscard]] StatusOr<bool> Refresh(StoreReader& reader, size_t count);

  // Finds a device by its id, by a name that no other device has, or by a prefix of its name or id
  // that fits no other device. kNotFound; kInvalidArgument, naming candidates: several fit.
  [[nodiscard]] StatusOr<DeviceName> Find(StoreReader& reader, const std::string& text);
  // kNotFound.
  [[nodiscard]] StatusOr<DeviceName> ById(StoreReader& reader, const std::string& device_id);
  // Returns the ids of the devices that have all of the labels; an operator's label overrides the
  // device's own.
  [[nodiscard]] StatusOr<std::vector<std::string>> Select(StoreReader& reader,
                                                          const Labels& labels);

  // A place among the devices ordered by name, then id.
  using Cursor = std::pair<std::string, std::string>;
  // Returns the first device after `after`, or the first of all if that is nothing; nothing at the
  // end.
  [[nodiscard]] StatusOr<std::optional<DeviceName>> Next(StoreReader& reader,
                                                         const std::optional<Cursor>& after);
  // Like Next, with the summary.
  [[nodiscard]] StatusOr<std::optional<DeviceSummary>> NextSummary(
      StoreReader& reader, const std::optional<Cursor>& after, int64_t now_unix_ns);

 private:
  struct Entry {
    DeviceIdentity identity;
    std::optional<DeviceSummary> summary;  // nothing: it is out of date, or was never read
    int64_t read_unix_ns = 0;
  };

  void TakeNotes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status NoteStale(StoreReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status LoadIdentities(StoreReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Reads the first identity that is out of date.
  Status LoadIdentity(StoreReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(DeviceIdentity identity) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Entry* NextEntry(const std::optional<Cursor>& after) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status Ambiguous(const std::string& text, const std::set<const Entry*>& found) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The changes that the writer has noted. It never waits for a reader.
  Mutex notes_mutex_;
  std::set<std::string> noted_identities_ ABSL_GUARDED_BY(notes_mutex_);
  std::set<std::string> noted_states_ ABSL_GUARDED_BY(notes_mutex_);

  Mutex mutex_;
  // The devices that existed before it started to observe.
  bool loaded_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::string> stale_ ABSL_GUARDED_BY(mutex_);  // ids whose identities are out of date
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by id
  std::set<Cursor> by_name_ ABSL_GUARDED_BY(mutex_);              // name and id of each entry
  size_t summaries_ ABSL_GUARDED_BY(mutex_) = 0;                  // of the entries
};

}  // namespace godwit::collector
