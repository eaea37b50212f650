// Every device of the store in memory: what it is found and selected by, and a summary of its
// state. The writer says what is out of date; that is read again when somebody asks for it, so an
// answer has all that was committed before the question.
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

// Of its newest report the settings and sensors are left out, and of its gaps the rarest reasons
// beyond kGapReasonsShown are one. Where it cannot be read, an alert says so instead.
struct DeviceSummary {
  DeviceRow row;
  uint64_t missing_ticks_24h = 0;
};

// Thread-safe. Callers pass the reader of their own thread.
class Directory final : public StoreObserver {
 public:
  void OnIdentity(const std::string& device_id) override;
  void OnState(const std::string& device_id) override;

  // Reads at most `count` identities that are out of date; whether there are more. Questions read
  // all that are.
  [[nodiscard]] StatusOr<bool> Refresh(StoreReader& reader, size_t count);

  // By its id, by a name that no other device has, or by a prefix of its name or id that fits no
  // other device. kNotFound; kInvalidArgument, naming candidates, when several fit.
  [[nodiscard]] StatusOr<DeviceName> Find(StoreReader& reader, const std::string& text);
  // kNotFound.
  [[nodiscard]] StatusOr<DeviceName> ById(StoreReader& reader, const std::string& device_id);
  // Those that have all of the labels, an operator's in place of the device's own; by id.
  [[nodiscard]] StatusOr<std::vector<std::string>> Select(StoreReader& reader,
                                                          const Labels& labels);

  // A place among the devices ordered by name, then id.
  using Cursor = std::pair<std::string, std::string>;
  // The first device behind `after`, at the beginning of all when that is nothing; nothing at the
  // end.
  [[nodiscard]] StatusOr<std::optional<DeviceName>> Next(StoreReader& reader,
                                                         const std::optional<Cursor>& after);
  // As Next.
  [[nodiscard]] StatusOr<std::optional<DeviceSummary>> NextSummary(
      StoreReader& reader, const std::optional<Cursor>& after, int64_t now_unix_ns);

 private:
  struct Entry {
    DeviceIdentity identity;
    std::optional<DeviceSummary> summary;  // nothing: it is out of date, or was never asked for
    int64_t read_unix_ns = 0;
  };

  void TakeNotes() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status NoteStale(StoreReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status LoadIdentities(StoreReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The first that is out of date.
  Status LoadIdentity(StoreReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(DeviceIdentity identity) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Entry* NextEntry(const std::optional<Cursor>& after) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status Ambiguous(const std::string& text, const std::set<const Entry*>& found) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What the writer has noted: it never waits for somebody who reads.
  Mutex notes_mutex_;
  std::set<std::string> noted_identities_ ABSL_GUARDED_BY(notes_mutex_);
  std::set<std::string> noted_states_ ABSL_GUARDED_BY(notes_mutex_);

  Mutex mutex_;
  // The devices that were there before it observed.
  bool loaded_ ABSL_GUARDED_BY(mutex_) = false;
  std::set<std::string> stale_ ABSL_GUARDED_BY(mutex_);  // ids whose identities are out of date
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);  // by id
  std::set<Cursor> by_name_ ABSL_GUARDED_BY(mutex_);              // name and id of each entry
  size_t summaries_ ABSL_GUARDED_BY(mutex_) = 0;                  // of the entries
};

}  // namespace godwit::collector
