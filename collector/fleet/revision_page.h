// Configurations as operators see them.
#pragma once

#include <string>
#include <vector>

#include "collector/figures.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// The devices a push names, by name or by labels, each once. kInvalidArgument: it names none, or
// more than kDevicesPerPush.
[[nodiscard]] StatusOr<RevisionPush> PushOf(StoreReader& reader,
                                            const v1::PushRevisionRequest& request);

// Of the device whose name or id begins with `prefix`, or of all of them.
[[nodiscard]] Status FillConfigurations(StoreReader& reader, const Figures& figures,
                                        const std::string& prefix,
                                        v1::ListConfigurationsResponse& response);
// Of those devices.
[[nodiscard]] Status FillConfigurations(StoreReader& reader, const Figures& figures,
                                        const std::vector<std::string>& device_ids,
                                        v1::PushRevisionResponse& response);
[[nodiscard]] Status FillOffers(StoreReader& reader, const std::string& prefix,
                                v1::ListOffersResponse& response);
[[nodiscard]] Status FillRevision(StoreReader& reader, const std::string& prefix,
                                  v1::GetRevisionResponse& response);

}  // namespace godwit::collector
