#include "collector/fleet/fleet_service.h"

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "collector/fleet/alert_page.h"
#include "collector/fleet/command_page.h"
#include "collector/fleet/device_page.h"
#include "collector/fleet/export_query.h"
#include "collector/fleet/gap_query.h"
#include "collector/fleet/label_page.h"
#include "collector/fleet/latest_query.h"
#include "collector/fleet/page_reactor.h"
#include "collector/fleet/range_query.h"
#include "collector/fleet/refused_page.h"
#include "collector/fleet/revision_page.h"
#include "collector/fleet/tail_query.h"
#include "collector/limits.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"

namespace godwit::collector {
namespace {

class FleetService final : public v1::Fleet::CallbackService {
 public:
  explicit FleetService(const FleetDependencies& dependencies) : deps_(dependencies) {}

  grpc::ServerWriteReactor<v1::ListDevicesResponse>* ListDevices(
      grpc::CallbackServerContext* context, const v1::ListDevicesRequest*) override {
    using Page = v1::ListDevicesResponse;
    return List<Page>(*context, [this](StoreReader& reader) {
      return Made(std::make_unique<DeviceListQuery>(reader, deps_.directory, deps_.statistics,
                                                    deps_.clock));
    });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* GetLatest(
      grpc::CallbackServerContext* context, const v1::GetLatestRequest* request) override {
    return Stream<v1::SamplePage>(
        *context, request->device(),
        [glob = request->series_glob()](StoreReader& reader, const DeviceName& device) {
          return Made(std::make_unique<LatestQuery>(reader, device, glob));
        });
  }

  grpc::ServerWriteReactor<v1::ListSeriesResponse>* ListSeries(
      grpc::CallbackServerContext* context, const v1::ListSeriesRequest* request) override {
    return Stream<v1::ListSeriesResponse>(
        *context, request->device(),
        [glob = request->series_glob()](StoreReader& reader, const DeviceName& device) {
          return Made(std::make_unique<SeriesQuery>(reader, device, glob));
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Export(grpc::CallbackServerContext* context,
                                                   const v1::ExportRequest* request) override {
    const TimeRange times{request->since_unix_ns(), request->until_unix_ns()};
    return Stream<v1::SamplePage>(
        *context, request->device(),
        [glob = request->series_glob(), times](StoreReader& reader, const DeviceName& device) {
          return Made(std::make_unique<ExportQuery>(reader, device, glob, times));
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Query(grpc::CallbackServerContext* context,
                                                  const v1::QueryRequest* request) override {
    return Stream<v1::SamplePage>(
        *context, request->device(),
        [options = OptionsOf(*request)](StoreReader& reader, const DeviceName& device) {
          return RangeQuery::Open(reader, device, options);
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Tail(grpc::CallbackServerContext* context,
                                                 const v1::TailRequest* request) override {
    return Stream<v1::SamplePage>(
        *context, request->device(),
        [glob = request->series_glob()](StoreReader& reader, const DeviceName& device) {
          return Made(std::make_unique<TailQuery>(reader, device, glob));
        },
        LongCall::kTail);
  }

  grpc::ServerWriteReactor<v1::ListGapsResponse>* ListGaps(
      grpc::CallbackServerContext* context, const v1::ListGapsRequest* request) override {
    return Stream<v1::ListGapsResponse>(
        *context, request->device(),
        [this](StoreReader& reader,
               const DeviceName& device) -> StatusOr<std::unique_ptr<GapQuery>> {
          GODWIT_ASSIGN_OR_RETURN(const DeviceRow row, reader.Device(device.key));
          std::optional<int64_t> silent_at;
          if (IsSilent(row, deps_.statistics, Now())) silent_at = Now();
          return std::make_unique<GapQuery>(reader, device, silent_at);
        });
  }

  grpc::ServerUnaryReactor* GetDevice(grpc::CallbackServerContext* context,
                                      const v1::GetDeviceRequest* request,
                                      v1::GetDeviceResponse* response) override {
    return Once(*context, [this, request, response](StoreReader& reader) {
      return FillDevice(reader, deps_.directory, deps_.statistics, Now(), request->device(),
                        *response);
    });
  }

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest*,
                                      v1::GetStatusResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    deps_.status([reactor, response](const CollectorStatus& status) {
      Fill(status, *response);
      reactor->Finish(grpc::Status::OK);
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* SendCommand(grpc::CallbackServerContext* context,
                                        const v1::SendCommandRequest* request,
                                        v1::SendCommandResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    deps_.lookup.executor.Post([this, context, request, response, reactor] {
      const auto device = deps_.directory.Find(deps_.lookup.reader, request->device());
      if (!device.ok()) return reactor->Finish(Answer(device.status()));
      const absl::Duration life =
          request->life_ms() == 0 ? kCommandLife : absl::Milliseconds(request->life_ms());
      deps_.issue(
          CommandOf(*request, *device), life,
          [this, response, reactor, name = device->name](const auto& row) {
            if (row.ok()) {
              Fill(*row, name, *response->mutable_command());
              response->set_device_connected(
                  deps_.statistics.ConnectedSince(row->command.device_id).has_value());
            }
            reactor->Finish(Answer(row.status()));
          },
          Gone(*context));
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* GetCommand(grpc::CallbackServerContext* context,
                                       const v1::GetCommandRequest* request,
                                       v1::GetCommandResponse* response) override {
    return Once(*context, [this, request, response](StoreReader& reader) -> Status {
      GODWIT_ASSIGN_OR_RETURN(CommandRow row, reader.Command(request->command_id()));
      SeeExpired(Now(), row);
      Fill(row, "", *response->mutable_command());
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* ListCommands(grpc::CallbackServerContext* context,
                                         const v1::ListCommandsRequest* request,
                                         v1::ListCommandsResponse* response) override {
    return Once(*context, [this, request, response](StoreReader& reader) {
      return FillCommands(reader, deps_.directory, Now(), request->device(), *response);
    });
  }

  grpc::ServerUnaryReactor* PushRevision(grpc::CallbackServerContext* context,
                                         const v1::PushRevisionRequest* request,
                                         v1::PushRevisionResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    deps_.lookup.executor.Post([this, context, request, response, reactor] {
      StoreReader& reader = deps_.lookup.reader;
      const auto push = PushOf(reader, deps_.directory, *request);
      if (!push.ok()) return reactor->Finish(Answer(push.status()));
      if (const Status fits = CheckAnswerFits(reader, deps_.directory, *push); !fits.ok()) {
        return reactor->Finish(Answer(fits));
      }
      deps_.push(
          *push,
          [this, response, reactor, ids = push->device_ids](const Status& status) {
            if (!status.ok()) return reactor->Finish(Answer(status));
            deps_.lookup.executor.Post([this, response, reactor, ids] {
              ConfigurationListQuery query = Configurations(deps_.lookup.reader);
              Status filled = query.Select(ids);
              if (filled.ok()) {
                filled = FillConfigurations(query, *response->mutable_configurations());
              }
              reactor->Finish(Answer(filled));
            });
          },
          Gone(*context));
    });
    return reactor;
  }

  grpc::ServerWriteReactor<v1::PushRevisionResponse>* PushRevisionInPages(
      grpc::CallbackServerContext* context, const v1::PushRevisionRequest* request) override {
    return List<v1::PushRevisionResponse>(
        *context,
        [this, request = *request](StoreReader& reader) -> StatusOr<std::unique_ptr<PushQuery>> {
          GODWIT_ASSIGN_OR_RETURN(RevisionPush push, PushOf(reader, deps_.directory, request));
          return std::make_unique<PushQuery>(Configurations(reader), std::move(push), deps_.push);
        });
  }

  grpc::ServerUnaryReactor* ListConfigurations(grpc::CallbackServerContext* context,
                                               const v1::ListConfigurationsRequest* request,
                                               v1::ListConfigurationsResponse* response) override {
    return Once(*context, [this, request, response](StoreReader& reader) -> Status {
      ConfigurationListQuery query = Configurations(reader);
      if (!request->device().empty()) GODWIT_RETURN_IF_ERROR(query.SelectOne(request->device()));
      return FillConfigurations(query, *response->mutable_configurations());
    });
  }

  grpc::ServerWriteReactor<v1::ListConfigurationsResponse>* ListConfigurationsInPages(
      grpc::CallbackServerContext* context, const v1::ListConfigurationsRequest* request) override {
    using Query = ConfigurationListQuery;
    return List<v1::ListConfigurationsResponse>(
        *context,
        [this,
         device = request->device()](StoreReader& reader) -> StatusOr<std::unique_ptr<Query>> {
          auto query = std::make_unique<Query>(Configurations(reader));
          if (!device.empty()) GODWIT_RETURN_IF_ERROR(query->SelectOne(device));
          return query;
        });
  }

  grpc::ServerUnaryReactor* ListOffers(grpc::CallbackServerContext* context,
                                       const v1::ListOffersRequest* request,
                                       v1::ListOffersResponse* response) override {
    return Once(*context, [this, request, response](StoreReader& reader) {
      return FillOffers(reader, deps_.directory, request->device(), *response);
    });
  }

  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context,
                                        const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response) override {
    return Once(*context, [request, response](StoreReader& reader) {
      return FillRevision(reader, request->prefix(), *response);
    });
  }

  grpc::ServerUnaryReactor* SetLabels(grpc::CallbackServerContext* context,
                                      const v1::SetLabelsRequest* request,
                                      v1::SetLabelsResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    deps_.lookup.executor.Post([this, context, request, response, reactor] {
      const auto change = ChangeOf(deps_.lookup.reader, deps_.directory, *request);
      if (!change.ok()) return reactor->Finish(Answer(change.status()));
      deps_.set_labels(*change,
                       Shown(*reactor,
                             [this, response, id = change->device_id] {
                               return FillLabels(deps_.lookup.reader, deps_.directory, id,
                                                 *response);
                             }),
                       Gone(*context));
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* AcknowledgeAlerts(grpc::CallbackServerContext* context,
                                              const v1::AcknowledgeAlertsRequest* request,
                                              v1::AcknowledgeAlertsResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    deps_.lookup.executor.Post([this, context, request, response, reactor] {
      const auto seen = AcknowledgementOf(deps_.lookup.reader, deps_.directory, *request);
      if (!seen.ok()) return reactor->Finish(Answer(seen.status()));
      deps_.acknowledge(*seen,
                        Shown(*reactor,
                              [this, response, id = seen->device_id] {
                                return FillAlerts(deps_.lookup.reader, deps_.directory, id,
                                                  *response);
                              }),
                        Gone(*context));
    });
    return reactor;
  }

  grpc::ServerWriteReactor<v1::FollowLogResponse>* FollowLog(
      grpc::CallbackServerContext* context, const v1::FollowLogRequest* request) override {
    return Stream<v1::FollowLogResponse>(
        *context, request->device(),
        [this, level = request->level()](StoreReader&, const DeviceName& device) {
          return Made(std::make_unique<LogQuery>(deps_.follow_log, device.id, level));
        },
        LongCall::kLog);
  }

  grpc::ServerUnaryReactor* ListRefusedDevices(grpc::CallbackServerContext* context,
                                               const v1::ListRefusedDevicesRequest*,
                                               v1::ListRefusedDevicesResponse* response) override {
    return Once(*context, [this, response](StoreReader&) -> Status {
      FillRefused(deps_.refused.List(), *response);
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* ListAudit(grpc::CallbackServerContext* context,
                                      const v1::ListAuditRequest* request,
                                      v1::ListAuditResponse* response) override {
    return Once(*context, [this, request, response](StoreReader& reader) {
      return FillAudit(reader, deps_.directory, *request, *response);
    });
  }

 private:
  int64_t Now() const { return absl::ToUnixNanos(deps_.clock.Wall()); }
  // Of a call that is not answered yet; thread-safe. Its order is not carried out, then.
  static CallerGone Gone(const grpc::CallbackServerContext& context) {
    return [&context] { return context.IsCancelled(); };
  }

  // Once a change is stored, `show` answers with what there is then.
  template <typename Show>
  FleetDependencies::Stored Shown(grpc::ServerUnaryReactor& reactor, Show show) {
    return [this, &reactor, show](const Status& status) {
      if (!status.ok()) return reactor.Finish(Answer(status));
      deps_.lookup.executor.Post([&reactor, show] { reactor.Finish(Answer(show())); });
    };
  }

  PageTraits Traits(LongCall kind) const {
    return {.kind = kind,
            .clock = deps_.clock,
            .statistics = deps_.statistics,
            .stopping = deps_.stopping,
            .patience = deps_.reader_patience,
            .status_patience = deps_.status_patience};
  }

  template <typename Query>
  static StatusOr<std::unique_ptr<Query>> Made(std::unique_ptr<Query> query) {
    return query;
  }

  ConfigurationListQuery Configurations(StoreReader& reader) const {
    return {reader, deps_.directory, deps_.statistics};
  }

  // A list of devices, in turns beside what is short.
  template <typename Page, typename Make>
  PageReactor<Page>* List(grpc::CallbackServerContext& context, Make make) {
    return new PageReactor<Page>(
        context, {deps_.lookup, nullptr}, Traits(LongCall::kList),
        [make](StoreReader& reader) -> StatusOr<typename PageReactor<Page>::Source> {
          GODWIT_ASSIGN_OR_RETURN(auto query, make(reader));
          return MakeSource<Page>(ReadHolds::Hold(), std::move(query));
        });
  }

  // A query of one device. It holds the device's records: pages follow each other by their places.
  // What follows commits has no place to keep, and may go on for days.
  template <typename Page, typename Make>
  PageReactor<Page>* Stream(grpc::CallbackServerContext& context, const std::string& name,
                            Make make, LongCall kind = LongCall::kQuery) {
    return new PageReactor<Page>(
        context, deps_.pool.Take(), Traits(kind),
        [this, name, make,
         kind](StoreReader& reader) -> StatusOr<typename PageReactor<Page>::Source> {
          GODWIT_ASSIGN_OR_RETURN(const DeviceName device, deps_.directory.Find(reader, name));
          ReadHolds::Hold hold;
          if (kind == LongCall::kQuery) hold = deps_.holds.Take(device.key);
          GODWIT_ASSIGN_OR_RETURN(auto query, make(reader, device));
          return MakeSource<Page>(std::move(hold), std::move(query));
        });
  }

  // What is short. A call whose caller has gone is skipped.
  template <typename Work>
  grpc::ServerUnaryReactor* Once(grpc::CallbackServerContext& context, Work work) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    deps_.lookup.executor.Post([this, &context, reactor, work] {
      if (context.IsCancelled()) return reactor->Finish(grpc::Status::CANCELLED);
      const ReadWatch watch(deps_.lookup.reader, Gone(context));
      reactor->Finish(Answer(work(deps_.lookup.reader)));
    });
    return reactor;
  }

  const FleetDependencies deps_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFleetService(const FleetDependencies& dependencies) {
  return std::make_unique<FleetService>(dependencies);
}

}  // namespace godwit::collector
