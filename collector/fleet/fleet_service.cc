#include "collector/fleet/fleet_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "collector/fleet/command_page.h"
#include "collector/fleet/device_page.h"
#include "collector/fleet/export_query.h"
#include "collector/fleet/find_device.h"
#include "collector/fleet/gap_query.h"
#include "collector/fleet/label_page.h"
#include "collector/fleet/latest_query.h"
#include "collector/fleet/range_query.h"
#include "collector/fleet/revision_page.h"
#include "collector/fleet/tail_query.h"
#include "collector/limits.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"

namespace godwit::collector {
namespace {

grpc::Status Answer(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), Message(status)};
}

// What one call asks page after page. Nothing at the end; an empty page when there is none yet, and
// it is asked again a little later.
template <typename Page>
class PageSource {
 public:
  virtual ~PageSource() = default;
  virtual StatusOr<std::optional<Page>> NextPage() = 0;
  virtual bool may_wait() const { return false; }
};

// A call that streams the pages of what `open` makes, on the executor.
template <typename Page>
class PageReactor final : public grpc::ServerWriteReactor<Page> {
 public:
  using Source = std::unique_ptr<PageSource<Page>>;
  using Open = std::function<StatusOr<Source>()>;

  PageReactor(Executor& executor, Figures& figures, Open open)
      : executor_(executor),
        figures_(figures),
        entered_(figures.EnterQuery(kQueriesMax)),
        open_(std::move(open)) {
    if (entered_) {
      PostNext();
    } else {
      this->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED,
                    Cat(kQueriesMax, " queries are under way; try again in a moment")});
    }
  }
  ~PageReactor() override { Leave(); }

  void OnWriteDone(bool ok) override {
    if (ok) {
      PostNext();
    } else {
      FinishCancelled();
    }
  }
  void OnCancel() override {
    cancelled_ = true;
    // A write under way ends when the connection takes it, which may be never: what the query holds
    // is let go at once.
    executor_.Post([this] {
      const bool waiting = timer_ != nullptr;
      Leave();
      if (waiting) FinishCancelled();
    });
  }
  void OnDone() override {
    // On the executor: the query goes where it lived.
    executor_.Post([this] { delete this; });
  }

 private:
  void PostNext() {
    executor_.Post([this] { Next(); });
  }

  void Leave() {
    source_.reset();
    timer_.reset();
    if (std::exchange(entered_, false)) figures_.LeaveQuery();
  }

  void FinishCancelled() { this->Finish({grpc::StatusCode::CANCELLED, "the reader is gone"}); }

  void Next() {
    timer_.reset();
    if (cancelled_) return FinishCancelled();
    if (source_ == nullptr) {
      auto source = open_();
      if (!source.ok()) return this->Finish(Answer(source.status()));
      source_ = *std::move(source);
    }
    auto page = source_->NextPage();
    if (!page.ok()) return this->Finish(Answer(page.status()));
    if (page->has_value()) {
      page_ = **std::move(page);
      return this->StartWrite(&page_);
    }
    if (!source_->may_wait()) return this->Finish(grpc::Status::OK);
    timer_ = executor_.PostAfter(kTailPeriod, [this] { Next(); });
  }

  Executor& executor_;
  Figures& figures_;
  bool entered_;  // it counts as under way
  const Open open_;
  Source source_;
  Page page_;
  std::unique_ptr<Timer> timer_;
  std::atomic<bool> cancelled_ = false;
};

// A query whose device is held as long as it lives.
template <typename Query, typename Page, bool kWaits = false>
class HeldSource final : public PageSource<Page> {
 public:
  HeldSource(ReadHolds::Hold hold, std::unique_ptr<Query> query)
      : hold_(std::move(hold)), query_(std::move(query)) {}
  StatusOr<std::optional<Page>> NextPage() override { return query_->NextPage(); }
  bool may_wait() const override { return kWaits; }

 private:
  const ReadHolds::Hold hold_;
  const std::unique_ptr<Query> query_;
};

class FleetService final : public v1::Fleet::CallbackService {
 public:
  explicit FleetService(const FleetWorld& world) : world_(world) {}

  grpc::ServerWriteReactor<v1::ListDevicesResponse>* ListDevices(
      grpc::CallbackServerContext*, const v1::ListDevicesRequest*) override {
    using Page = v1::ListDevicesResponse;
    return new PageReactor<Page>(
        world_.executor, world_.figures, [this]() -> StatusOr<PageReactor<Page>::Source> {
          return std::make_unique<HeldSource<DeviceListQuery, Page>>(
              ReadHolds::Hold(),
              std::make_unique<DeviceListQuery>(world_.reader, world_.figures, world_.clock));
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* GetLatest(
      grpc::CallbackServerContext*, const v1::GetLatestRequest* request) override {
    return Stream<LatestQuery, v1::SamplePage>(
        request->device(),
        [this, glob = request->series_glob()](
            const DeviceName& device) -> StatusOr<std::unique_ptr<LatestQuery>> {
          return std::make_unique<LatestQuery>(world_.reader, device, glob);
        });
  }

  grpc::ServerWriteReactor<v1::ListSeriesResponse>* ListSeries(
      grpc::CallbackServerContext*, const v1::ListSeriesRequest* request) override {
    return Stream<SeriesQuery, v1::ListSeriesResponse>(
        request->device(),
        [this, glob = request->series_glob()](
            const DeviceName& device) -> StatusOr<std::unique_ptr<SeriesQuery>> {
          return std::make_unique<SeriesQuery>(world_.reader, device, glob);
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Export(grpc::CallbackServerContext*,
                                                   const v1::ExportRequest* request) override {
    const TimeRange times{request->since_unix_ns(), request->until_unix_ns()};
    return Stream<ExportQuery, v1::SamplePage>(
        request->device(),
        [this, glob = request->series_glob(),
         times](const DeviceName& device) -> StatusOr<std::unique_ptr<ExportQuery>> {
          return std::make_unique<ExportQuery>(world_.reader, device, glob, times);
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Query(grpc::CallbackServerContext*,
                                                  const v1::QueryRequest* request) override {
    return Stream<RangeQuery, v1::SamplePage>(
        request->device(), [this, options = OptionsOf(*request)](const DeviceName& device) {
          return RangeQuery::Open(world_.reader, device, options);
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Tail(grpc::CallbackServerContext*,
                                                 const v1::TailRequest* request) override {
    return Stream<TailQuery, v1::SamplePage, true>(
        request->device(),
        [this, glob = request->series_glob()](
            const DeviceName& device) -> StatusOr<std::unique_ptr<TailQuery>> {
          auto query = std::make_unique<TailQuery>(world_.reader, device, glob);
          GODWIT_RETURN_IF_ERROR(query->Begin());
          return query;
        });
  }

  grpc::ServerWriteReactor<v1::ListGapsResponse>* ListGaps(
      grpc::CallbackServerContext*, const v1::ListGapsRequest* request) override {
    return Stream<GapQuery, v1::ListGapsResponse>(
        request->device(), [this](const DeviceName& device) -> StatusOr<std::unique_ptr<GapQuery>> {
          return std::make_unique<GapQuery>(world_.reader, device);
        });
  }

  grpc::ServerUnaryReactor* GetDevice(grpc::CallbackServerContext* context,
                                      const v1::GetDeviceRequest* request,
                                      v1::GetDeviceResponse* response) override {
    return Once(*context, [this, device = request->device(), response] {
      return FillDevice(world_.reader, world_.figures, absl::ToUnixNanos(world_.clock.Wall()),
                        device, *response);
    });
  }

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest*,
                                      v1::GetStatusResponse* response) override {
    return Once(*context, [this, response] {
      Fill(world_.status(), *response);
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* SendCommand(grpc::CallbackServerContext* context,
                                        const v1::SendCommandRequest* request,
                                        v1::SendCommandResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    world_.executor.Post([this, request, response, reactor] {
      const auto device = FindDevice(world_.reader, request->device());
      if (!device.ok()) return reactor->Finish(Answer(device.status()));
      const absl::Duration life =
          request->life_ms() == 0 ? kCommandLife : absl::Milliseconds(request->life_ms());
      world_.issue(CommandOf(*request, *device), life,
                   [this, response, reactor, name = device->name](const auto& row) {
                     if (row.ok()) {
                       Fill(*row, name, *response->mutable_command());
                       response->set_device_connected(
                           world_.figures.ConnectedSince(row->command.device_id).has_value());
                     }
                     reactor->Finish(Answer(row.status()));
                   });
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* GetCommand(grpc::CallbackServerContext* context,
                                       const v1::GetCommandRequest* request,
                                       v1::GetCommandResponse* response) override {
    return Once(*context, [this, request, response]() -> Status {
      GODWIT_ASSIGN_OR_RETURN(CommandRow row, world_.reader.Command(request->command_id()));
      SeeExpired(absl::ToUnixNanos(world_.clock.Wall()), row);
      Fill(row, "", *response->mutable_command());
      return absl::OkStatus();
    });
  }

  grpc::ServerUnaryReactor* ListCommands(grpc::CallbackServerContext* context,
                                         const v1::ListCommandsRequest* request,
                                         v1::ListCommandsResponse* response) override {
    return Once(*context, [this, request, response] {
      return FillCommands(world_.reader, absl::ToUnixNanos(world_.clock.Wall()), request->device(),
                          *response);
    });
  }

  grpc::ServerUnaryReactor* PushRevision(grpc::CallbackServerContext* context,
                                         const v1::PushRevisionRequest* request,
                                         v1::PushRevisionResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    world_.executor.Post([this, request, response, reactor] {
      const auto push = PushOf(world_.reader, *request);
      if (!push.ok()) return reactor->Finish(Answer(push.status()));
      world_.push(*push, [this, response, reactor, ids = push->device_ids](const Status& status) {
        if (!status.ok()) return reactor->Finish(Answer(status));
        world_.executor.Post([this, response, reactor, ids] {
          reactor->Finish(
              Answer(FillConfigurations(world_.reader, world_.figures, ids, *response)));
        });
      });
    });
    return reactor;
  }

  grpc::ServerUnaryReactor* ListConfigurations(grpc::CallbackServerContext* context,
                                               const v1::ListConfigurationsRequest* request,
                                               v1::ListConfigurationsResponse* response) override {
    return Once(*context, [this, request, response] {
      return FillConfigurations(world_.reader, world_.figures, request->device(), *response);
    });
  }

  grpc::ServerUnaryReactor* ListOffers(grpc::CallbackServerContext* context,
                                       const v1::ListOffersRequest* request,
                                       v1::ListOffersResponse* response) override {
    return Once(*context, [this, request, response] {
      return FillOffers(world_.reader, request->device(), *response);
    });
  }

  grpc::ServerUnaryReactor* GetRevision(grpc::CallbackServerContext* context,
                                        const v1::GetRevisionRequest* request,
                                        v1::GetRevisionResponse* response) override {
    return Once(*context, [this, request, response] {
      return FillRevision(world_.reader, request->prefix(), *response);
    });
  }

  grpc::ServerUnaryReactor* SetLabels(grpc::CallbackServerContext* context,
                                      const v1::SetLabelsRequest* request,
                                      v1::SetLabelsResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    world_.executor.Post([this, request, response, reactor] {
      const auto change = ChangeOf(world_.reader, *request);
      if (!change.ok()) return reactor->Finish(Answer(change.status()));
      world_.set_labels(*change, [this, request, response, reactor](const Status& status) {
        if (!status.ok()) return reactor->Finish(Answer(status));
        world_.executor.Post([this, request, response, reactor] {
          reactor->Finish(Answer(FillLabels(world_.reader, request->device(), *response)));
        });
      });
    });
    return reactor;
  }

  grpc::ServerWriteReactor<v1::FollowLogResponse>* FollowLog(
      grpc::CallbackServerContext*, const v1::FollowLogRequest* request) override {
    return Stream<LogQuery, v1::FollowLogResponse, true>(
        request->device(),
        [this, level = request->level()](
            const DeviceName& device) -> StatusOr<std::unique_ptr<LogQuery>> {
          return std::make_unique<LogQuery>(world_.follow_log, device.id, level);
        });
  }

  grpc::ServerUnaryReactor* ListAudit(grpc::CallbackServerContext* context,
                                      const v1::ListAuditRequest* request,
                                      v1::ListAuditResponse* response) override {
    return Once(*context, [this, request, response] {
      return FillAudit(world_.reader, *request, *response);
    });
  }

 private:
  // A query of one device. It holds the device's records: pages follow each other by their places.
  // What follows commits has no place to keep, and may go on for days.
  template <typename Query, typename Page, bool kWaits = false, typename Make>
  PageReactor<Page>* Stream(const std::string& name, Make make) {
    return new PageReactor<Page>(
        world_.executor, world_.figures,
        [this, name, make]() -> StatusOr<typename PageReactor<Page>::Source> {
          GODWIT_ASSIGN_OR_RETURN(const DeviceName device, FindDevice(world_.reader, name));
          ReadHolds::Hold hold;
          if (!kWaits) hold = world_.holds.Take(device.key);
          GODWIT_ASSIGN_OR_RETURN(std::unique_ptr<Query> query, make(device));
          return std::make_unique<HeldSource<Query, Page, kWaits>>(std::move(hold),
                                                                   std::move(query));
        });
  }

  template <typename Work>
  grpc::ServerUnaryReactor* Once(grpc::CallbackServerContext& context, Work work) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    world_.executor.Post([reactor, work] { reactor->Finish(Answer(work())); });
    return reactor;
  }

  const FleetWorld world_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFleetService(const FleetWorld& world) {
  return std::make_unique<FleetService>(world);
}

}  // namespace godwit::collector
