// A day of a store in some hundred operations: devices that come and upload, commands, revisions,
// labels, merging, retention, restarts of the collector. And what of it was acknowledged.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/store/sqlite_merge_source.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "platform/linux/linux_random.h"

namespace godwit::collector {

class StoreWorkload {
 public:
  explicit StoreWorkload(std::string file) : file_(std::move(file)) {}

  // Does all of it, whatever fails meanwhile: as a collector does, it continues with what is next.
  void Run();
  void Close();
  // Opens the store again, sends everything once more, and says what was acknowledged and is not
  // there, what occurs twice, and what `store verify` finds. None: it is sound.
  std::vector<std::string> FindProblems();
  // Records, commands, offers and labels.
  size_t acknowledged() const;

 private:
  bool Open();
  void OpenSession(const std::string& device, RunId run, RunId follows);
  void Commit(const std::string& device, RunId run, Seq first, Seq last);
  void Operate(char id);
  void MergeAll();
  Delivery Record(const std::string& device, const RecordName& name) const;
  void SendAgain();
  void CheckOrders();
  void Expect(bool holds, const std::string& problem);
  void Verify();
  int64_t Now() { return now_ += 1'000'000'000; }

  const std::string file_;
  LinuxRandom random_;
  int64_t now_ = 1'800'000'000'000'000'000;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<SqliteReader> reader_;
  std::unique_ptr<SqliteMergeSource> source_;
  std::set<std::pair<std::string, RecordName>> sent_;
  std::set<std::pair<std::string, RecordName>> stored_;  // acknowledged
  std::set<std::string> commands_;
  std::set<std::string> goes_;
  std::set<std::string> offers_;
  std::optional<std::string> label_;    // as it was set last
  std::set<std::string> labels_tried_;  // since then
  std::vector<std::string> problems_;
};

}  // namespace godwit::collector
