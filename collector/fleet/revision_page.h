// Configurations as operators see them.
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

// The devices a push names, by name or by labels, each once. kInvalidArgument: it names none, or
// more than kDevicesPerPush.
[[nodiscard]] StatusOr<RevisionPush> PushOf(StoreReader& reader, Directory& directory,
                                            const v1::PushRevisionRequest& request);

// kResourceExhausted: the answer to this push would not fit one message.
[[nodiscard]] Status CheckAnswerFits(StoreReader& reader, Directory& directory,
                                     const RevisionPush& push);

// Configurations of one device, of some, or of all, by name, then id. Query-confined.
class ConfigurationListQuery {
 public:
  // All of them outlive it.
  ConfigurationListQuery(StoreReader& reader, Directory& directory, const Statistics& statistics)
      : reader_(reader), directory_(directory), statistics_(statistics) {}
  // Only the device that `text` names, with the whole reason of its last offer.
  [[nodiscard]] Status SelectOne(const std::string& text);
  // Only those.
  [[nodiscard]] Status Select(const std::vector<std::string>& device_ids);

  // What there is when the turn is over, and some kPageBytes at most. Nothing at the end, or when
  // the turn is over before the first.
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

// All that it has, in one message. kResourceExhausted: it does not fit.
[[nodiscard]] Status FillConfigurations(
    ConfigurationListQuery& query,
    google::protobuf::RepeatedPtrField<v1::DeviceConfiguration>& configurations);

// Hands out a push, then lists the configurations of its devices. Query-confined.
class PushQuery {
 public:
  // Thread-safe; `done` comes on any thread. The push is not made when the query has gone first.
  using Push =
      std::function<void(RevisionPush push, std::function<void(Status)> done, CallerGone gone)>;
  PushQuery(ConfigurationListQuery configurations, RevisionPush push, const Push& hand_out);

  // Nothing as long as it waits, at the end, or when the turn is over first.
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
