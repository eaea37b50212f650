#include "collector/fleet/fleet_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <optional>
#include <utility>

#include "base/log.h"
#include "collector/fleet/gap_query.h"
#include "collector/fleet/queries.h"
#include "collector/limits.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"

namespace godwit::collector {
namespace {

// A call that streams what `next_page` gives until it gives nothing.
template <typename Page>
class PageReactor final : public grpc::ServerWriteReactor<Page> {
 public:
  using NextPage = std::function<StatusOr<std::optional<Page>>()>;

  PageReactor(Executor& executor, NextPage next_page)
      : executor_(executor), next_page_(std::move(next_page)) {
    PostNext();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      PostNext();
    } else {
      this->Finish({grpc::StatusCode::CANCELLED, "the reader is gone"});
    }
  }
  void OnCancel() override { cancelled_ = true; }
  void OnDone() override {
    // On the executor: the query goes where it lived.
    executor_.Post([this] { delete this; });
  }

 private:
  void PostNext() {
    executor_.Post([this] {
      if (cancelled_) return this->Finish({grpc::StatusCode::CANCELLED, "the reader is gone"});
      auto page = next_page_();
      if (!page.ok()) {
        return this->Finish(
            {static_cast<grpc::StatusCode>(page.status().code()), Message(page.status())});
      }
      if (!page->has_value()) return this->Finish(grpc::Status::OK);
      page_ = **std::move(page);
      this->StartWrite(&page_);
    });
  }

  Executor& executor_;
  NextPage next_page_;
  Page page_;
  std::atomic<bool> cancelled_ = false;
};

// Opens the query with the first page: finding the device reads the store.
template <typename Query, typename Page, typename Open>
typename PageReactor<Page>::NextPage Paged(Open open_query) {
  return [open_query, query = std::shared_ptr<Query>()]() mutable -> StatusOr<std::optional<Page>> {
    if (query == nullptr) {
      GODWIT_ASSIGN_OR_RETURN(query, open_query());
    }
    return query->NextPage();
  };
}

v1::DeviceSummary Summary(const DeviceRow& row) {
  v1::DeviceSummary summary;
  summary.set_device_id(row.facts.device_id);
  summary.set_name(row.facts.name);
  summary.set_agent_version(row.facts.agent_version);
  summary.set_last_seen_unix_ns(row.last_seen_unix_ns);
  summary.set_wall_synchronised(row.facts.wall_synchronised);
  summary.set_runs(row.runs);
  summary.set_records(row.records);
  summary.set_samples(row.samples);
  summary.set_duplicates(row.duplicates);
  uint64_t gap_records = 0;
  for (const auto& [reason, records] : row.gap_records) {
    gap_records += records;
    v1::GapReason& gap = *summary.add_gap_reasons();
    gap.set_reason(reason);
    gap.set_records(records);
  }
  summary.set_gap_records(gap_records);
  summary.set_unclean_runs(row.unclean_runs);
  for (const AlertRow& alert : row.alerts) {
    v1::Alert& raised = *summary.add_alerts();
    raised.set_kind(alert.kind);
    raised.set_detail(alert.detail);
    raised.set_first_unix_ns(alert.first_unix_ns);
    raised.set_last_unix_ns(alert.last_unix_ns);
    raised.set_count(alert.count);
  }
  return summary;
}

class FleetService final : public v1::Fleet::CallbackService {
 public:
  FleetService(StoreReader& reader, Executor& executor) : reader_(reader), executor_(executor) {}

  grpc::ServerWriteReactor<v1::ListDevicesResponse>* ListDevices(
      grpc::CallbackServerContext*, const v1::ListDevicesRequest*) override {
    return new PageReactor<v1::ListDevicesResponse>(
        executor_,
        [this, rows = std::optional<std::vector<DeviceRow>>(),
         next = size_t{0}]() mutable -> StatusOr<std::optional<v1::ListDevicesResponse>> {
          if (!rows) {
            GODWIT_ASSIGN_OR_RETURN(rows, reader_.Devices());
          }
          if (next == rows->size()) return std::nullopt;
          v1::ListDevicesResponse page;
          for (size_t i = 0; i < kDevicesPerPage && next < rows->size(); ++i, ++next) {
            *page.add_devices() = Summary((*rows)[next]);
          }
          return page;
        });
  }

  grpc::ServerWriteReactor<v1::SamplePage>* GetLatest(
      grpc::CallbackServerContext*, const v1::GetLatestRequest* request) override {
    return new PageReactor<v1::SamplePage>(
        executor_, Paged<LatestQuery, v1::SamplePage>(
                       [this, request = *request]() -> StatusOr<std::shared_ptr<LatestQuery>> {
                         GODWIT_ASSIGN_OR_RETURN(const DeviceRow device,
                                                 FindDevice(reader_, request.device()));
                         return std::make_shared<LatestQuery>(reader_, device,
                                                              request.series_glob());
                       }));
  }

  grpc::ServerWriteReactor<v1::SamplePage>* Export(grpc::CallbackServerContext*,
                                                   const v1::ExportRequest* request) override {
    return new PageReactor<v1::SamplePage>(
        executor_, Paged<ExportQuery, v1::SamplePage>(
                       [this, request = *request]() -> StatusOr<std::shared_ptr<ExportQuery>> {
                         GODWIT_ASSIGN_OR_RETURN(const DeviceRow device,
                                                 FindDevice(reader_, request.device()));
                         return std::make_shared<ExportQuery>(
                             reader_, device, request.series_glob(),
                             TimeRange{request.since_unix_ns(), request.until_unix_ns()});
                       }));
  }

  grpc::ServerWriteReactor<v1::ListGapsResponse>* ListGaps(
      grpc::CallbackServerContext*, const v1::ListGapsRequest* request) override {
    return new PageReactor<v1::ListGapsResponse>(
        executor_, Paged<GapQuery, v1::ListGapsResponse>(
                       [this, request = *request]() -> StatusOr<std::shared_ptr<GapQuery>> {
                         GODWIT_ASSIGN_OR_RETURN(const DeviceRow device,
                                                 FindDevice(reader_, request.device()));
                         return std::make_shared<GapQuery>(reader_, device);
                       }));
  }

 private:
  StoreReader& reader_;
  Executor& executor_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeFleetService(StoreReader& reader, Executor& executor) {
  return std::make_unique<FleetService>(reader, executor);
}

}  // namespace godwit::collector
