// Converts configurations for operators.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/alive.h"
#include "collector/fleet/directory.h"
#include "collector/fleet/turn.h"
#include "collector/statistics.h"
#include "collector/store/store.h"
#include "collector/store/write_call.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Returns the push with the devices that it names, by name or by labels, each once.
// kInvalidArgument: it names none, or more than kDevicesPerPush.
[[nodiscard]] StatusOr<RevisionPush> PushOf(StoreReader& reader, Directory& directory,
                                            const v1::PushRevisionRequest& request);

// Checks the size of the answer to this push. kResourceExhausted: it would not fit one message.
[[nodiscard]] Status CheckAnswerFits(StoreReader& reader, Directory& directory,
                                     const RevisionPush& push);

// Lists the configurations of one device, of some, or of all, by name, then id. Query-confined.
class ConfigurationListQuery {
 public:
  // All arguments outlive it.
  ConfigurationListQuery(StoreReader& reader, Directory& directory, const Statistics& statistics)
      : reader_(reader), directory_(directory), statistics_(statistics) {}
  // Selects only the device that `text` names, with the whole reason of its last offer.
  [[nodiscard]] Status SelectOne(const std::string& text);
  // Selects only these devices.
  [[nodiscard]] Status Select(const std::vector<std::string>& device_ids);

  // Returns the configurations found when the turn is over, at most some kPageBytes. Nothing at the
  // end, or if the turn is over before the first.
  [[nodiscard]] StatusOr<std::optional<v1::ListConfigurationsResponse>> NextPage(
      const Turn& turn = Turn::Endless());

 private:
  [[nodiscard]] StatusOr<std::optional<DeviceName>> NextDevice();

  StoreReader& reader_;
  Directory& directory_;
  const Statistics& statistics_;
  std::optional<std::set<Directory::Cursor>> selected_;  // nothing: all
  std::optional<Directory::Cursor> cursor_;              // the last that was listed
  bool whole_ = false;
};

// Adds all configurations of the query, for one message. kResourceExhausted: they do not fit.
[[nodiscard]] Status FillConfigurations(
    ConfigurationListQuery& query,
    google::protobuf::RepeatedPtrField<v1::DeviceConfiguration>& configurations);

// Hands over a push, then lists the configurations of its devices. Query-confined.
class PushQuery {
 public:
  // Makes the push. Thread-safe; `done` is called on any thread. The push is not made if the query
  // has ended first.
  using Push =
      std::function<void(RevisionPush push, std::function<void(Status)> done, CallerGone gone)>;
  PushQuery(ConfigurationListQuery configurations, RevisionPush push, const Push& hand_out);

  // Returns the next page; nothing while it waits, at the end, or if the turn is over first.
  [[nodiscard]] StatusOr<std::optional<v1::PushRevisionResponse>> NextPage(const Turn& turn);
  bool waits() const { return waits_; }

 private:
  struct Answer;
  ConfigurationListQuery configurations_;
  const std::vector<std::string> device_ids_;
  std::shared_ptr<Answer> answer_;
  Alive alive_;
  bool waits_ = true;
};
[[nodiscard]] Status FillOffers(StoreReader& reader, Directory& directory, const std::string& text,
                                v1::ListOffersResponse& response);
[[nodiscard]] Status FillRevision(StoreReader& reader, const std::string& prefix,
                                  v1::GetRevisionResponse& response);

}  // namespace godwit::collector
