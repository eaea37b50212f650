#include "collector/collector.h"

#include <grpcpp/impl/service_type.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "collector/accepting.h"
#include "collector/fleet/directory.h"
#include "collector/fleet/directory_keeper.h"
#include "collector/fleet/fleet_service.h"
#include "collector/fleet/query_pool.h"
#include "collector/fleet/status.h"
#include "collector/fleet/stop_notice.h"
#include "collector/http/http_server.h"
#include "collector/http_pages.h"
#include "collector/identity/identity_gate.h"
#include "collector/ingest/device_service.h"
#include "collector/ingest/ingest.h"
#include "collector/ingest/listener.h"
#include "collector/limits.h"
#include "collector/live_settings.h"
#include "collector/orders/orders.h"
#include "collector/reload.h"
#include "collector/run_check.h"
#include "collector/served_certificate.h"
#include "collector/statistics.h"
#include "collector/store/disk_room.h"
#include "collector/store/merger.h"
#include "collector/store/retention.h"
#include "collector/store/sqlite_reader.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/upkeep.h"
#include "collector/store/writer.h"
#include "platform/linux/accept_loop.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/stop_guard.h"
#include "platform/linux/systemd_notify.h"
#include "platform/linux/thread_executor.h"
#include "platform/reload_pacer.h"
#include "platform/uv/uv_loop.h"
#include "proto/grpc_log.h"

namespace godwit::collector {
// In order of construction; destroyed the other way round. The executors come last of what they
// run, so that their threads have ended when the rest goes.
struct Collector::Parts {
  LinuxClock clock;
  LinuxRandom random;
  LinuxFileSystem files;
  SystemdNotify notify;
  UvLoop loop;
  std::unique_ptr<FileLock> lock;
  std::unique_ptr<SqliteStore> store;
  std::unique_ptr<DiskRoom> room;
  std::unique_ptr<LiveSettings> live;
  std::unique_ptr<ServedCertificate> certificate;
  std::unique_ptr<Reloader> reloader;
  std::unique_ptr<Timer> certificate_check;  // at the certificate
  // One for each thread that reads.
  std::unique_ptr<SqliteReader> status_reader;
  std::unique_ptr<SqliteReader> lookup_reader;
  std::vector<std::unique_ptr<SqliteReader>> query_readers;
  Statistics statistics;
  RefusedCallers refused;
  std::optional<IdentityGate> identity;
  Directory directory;
  ReadHolds holds;
  std::unique_ptr<Writer> store_writer;
  std::unique_ptr<Ingest> ingest_logic;
  std::unique_ptr<Orders> orders;
  StopNotice stopping;
  std::unique_ptr<grpc::Service> device_service;
  std::unique_ptr<grpc::Service> fleet_service;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<Merger> merger;
  std::unique_ptr<DirectoryKeeper> directory_keeper;
  std::optional<QueryPool> pool;
  // The collector's own state: never behind a question about devices.
  ThreadExecutor status{"status", clock};
  ThreadExecutor lookup{"lookup", clock};
  std::vector<std::unique_ptr<ThreadExecutor>> queries;
  std::array<ThreadExecutor, kDecodeThreads> decoders{{{"decode-0", clock}, {"decode-1", clock}}};
  ThreadExecutor ingest{"ingest", clock};
  ThreadExecutor merge{"merge", clock};
  ThreadExecutor writer{"writer", clock};
  std::unique_ptr<RetentionKeeper> retention;
  std::unique_ptr<Upkeep> upkeep;
  std::unique_ptr<Listener> devices;
  std::unique_ptr<Listener> operators;
  std::unique_ptr<AcceptLoop> devices_accept;
  std::unique_ptr<AcceptLoop> operators_accept;
  std::unique_ptr<AcceptLoop> http_accept;
  int64_t started_unix_ns = 0;
  std::atomic<uint64_t> log_followers = 0;  // ever

  Status OpenStore(const CollectorSettings& settings);
  Status OpenReaders(const std::string& file);
  void MakeFleet(const CollectorSettings& settings);
  // That call of the orders, from any thread.
  template <typename... Arguments>
  auto Order(void (Orders::*call)(Arguments...)) {
    return [this, call](auto... arguments) {
      ingest.Post([this, call, ... arguments = std::move(arguments)]() mutable {
        (*orders.*call)(std::move(arguments)...);
      });
    };
  }
  Status Listen(const CollectorSettings& settings);
  Status ListenHttp(const CollectorSettings& settings);
  // Now, and again each kCertificateCheckPeriod.
  void CheckCertificate();
  bool HasRoom();
  void MakeRetention();
  CollectorStatus OwnState(const CollectorSettings& settings);
  void Stop();
};

Collector::Collector(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Collector::~Collector() {
  parts_->Stop();
}

StatusOr<std::unique_ptr<Collector>> Collector::Create(const CollectorSettings& settings,
                                                       Reloader::Load load) {
  GODWIT_ASSIGN_OR_RETURN(TlsTexts tls, CheckToRun(settings));
  std::unique_ptr<Collector> collector(new Collector(std::make_unique<Parts>()));
  Parts& parts = *collector->parts_;
  parts.live = std::make_unique<LiveSettings>(LiveValuesOf(settings));
  parts.certificate = std::make_unique<ServedCertificate>(std::move(tls));
  parts.reloader = std::make_unique<Reloader>(
      settings, std::move(load),
      Reloader::Dependencies{
          .files = parts.files, .certificate = *parts.certificate, .live = *parts.live});
  TakeGrpcLog();
  LogDebug(Cat("may open ", RaiseFileLimit(), " files"));
  for (const std::string& warning : settings.warnings) LogWarning(warning);
  GODWIT_RETURN_IF_ERROR(parts.OpenStore(settings));
  parts.started_unix_ns = absl::ToUnixNanos(parts.clock.Wall());
  parts.store_writer =
      std::make_unique<Writer>(*parts.store, parts.writer, parts.clock, parts.statistics,
                               [&parts] { return parts.HasRoom(); });
  parts.store_writer->Observe(parts.directory);
  parts.store_writer->GatherFor(kGatherTime);
  parts.store_writer->LimitDevices([&parts] { return parts.live->Read().quotas; });
  parts.identity.emplace(settings.identity_mode, settings.identity_map,
                         IdentityGate::Dependencies{parts.clock, parts.statistics, parts.refused});
  parts.ingest_logic = std::make_unique<Ingest>(
      *parts.store_writer, parts.store->store_id(), parts.statistics,
      Ingest::Dependencies{.clock = parts.clock,
                           .executor = parts.ingest,
                           .random = parts.random,
                           .decoders = {&parts.decoders[0], &parts.decoders[1]},
                           .received_bytes = settings.limits_received,
                           .identity = &*parts.identity});
  parts.orders = std::make_unique<Orders>(
      *parts.store_writer, *parts.ingest_logic,
      Orders::Dependencies{.executor = parts.ingest, .random = parts.random});
  parts.MakeRetention();
  parts.writer.Post([&parts] {
    parts.retention->Start();
    parts.upkeep->Start();
  });
  parts.merge.Post([&parts] { parts.merger->Start(); });
  parts.directory_keeper =
      std::make_unique<DirectoryKeeper>(parts.directory, *parts.lookup_reader, parts.lookup);
  parts.lookup.Post([&parts] { parts.directory_keeper->Start(); });
  parts.device_service = MakeDeviceService(*parts.ingest_logic, parts.ingest);
  parts.MakeFleet(settings);
  GODWIT_RETURN_IF_ERROR(parts.Listen(settings));
  GODWIT_RETURN_IF_ERROR(parts.ListenHttp(settings));
  const auto& http = parts.http_accept;
  LogInfo(Cat("store ", settings.store_path, ", devices on ", parts.devices_accept->address(),
              ", operators on ", parts.operators_accept->address(),
              http == nullptr ? "" : Cat(", http on ", http->address())));
  return collector;
}

void Collector::Parts::MakeFleet(const CollectorSettings& settings) {
  fleet_service = MakeFleetService(
      {.pool = *pool,
       .lookup = {lookup, *lookup_reader},
       .directory = directory,
       .clock = clock,
       .statistics = statistics,
       .holds = holds,
       .refused = refused,
       .status =
           [this, settings](auto done) {
             status.Post([this, settings, done = std::move(done)] { done(OwnState(settings)); });
           },
       .issue = Order(&Orders::Issue),
       .push = Order(&Orders::Push),
       .set_labels = Order(&Orders::SetLabels),
       .acknowledge = Order(&Orders::Acknowledge),
       .follow_log =
           [this](const std::string& device_id, v1::LogLevel level, LogTaken taken) {
             const LogFollower follower{++log_followers, device_id, level, std::move(taken)};
             ingest.Post([this, follower] { ingest_logic->FollowLog(follower); });
             return [this, id = follower.id] {
               ingest.Post([this, id] { ingest_logic->LeaveLog(id); });
             };
           },
       .stopping = stopping});
}

Status Collector::Parts::OpenStore(const CollectorSettings& settings) {
  GODWIT_RETURN_IF_ERROR(files.CreateDirectories(settings.store_path));
  GODWIT_ASSIGN_OR_RETURN(lock, files.Lock(settings.store_path + "/lock"));
  const std::string file = StoreFile(settings.store_path);
  const FreeSpace free_space = [this, folder = settings.store_path] {
    return files.FreeSpace(folder);
  };
  GODWIT_ASSIGN_OR_RETURN(store, SqliteStore::Open(file, random, free_space));
  room =
      std::make_unique<DiskRoom>(*store, free_space, [this] { return live->Read().reserve_free; });
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(settings.store_path));
  GODWIT_RETURN_IF_ERROR(OpenReaders(file));
  GODWIT_ASSIGN_OR_RETURN(auto source, SqliteMergeSource::Open(file, store->health()));
  merger = std::make_unique<Merger>(
      *store, std::move(source), holds, [this] { return live->Read().merge_after; },
      Merger::Dependencies{.clock = clock, .executor = merge, .writer = writer, .has_room = [this] {
                             return room->HasRoom();
                           }});
  return absl::OkStatus();
}

Status Collector::Parts::OpenReaders(const std::string& file) {
  GODWIT_ASSIGN_OR_RETURN(status_reader, SqliteReader::Open(file, store->health()));
  GODWIT_ASSIGN_OR_RETURN(lookup_reader, SqliteReader::Open(file, store->health()));
  std::vector<QueryWorker> workers;
  for (int i = 0; i < kQueryThreads; ++i) {
    GODWIT_ASSIGN_OR_RETURN(query_readers.emplace_back(),
                            SqliteReader::Open(file, store->health()));
    queries.push_back(std::make_unique<ThreadExecutor>(Cat("query-", i), clock));
    workers.push_back({*queries.back(), *query_readers.back()});
  }
  pool.emplace(std::move(workers));
  return absl::OkStatus();
}

// On the writer. A full disk does not wait for retention's next minute.
bool Collector::Parts::HasRoom() {
  const bool has_room = room->HasRoom();
  if (!has_room && retention != nullptr) retention->Hurry();
  return has_room;
}

// On status. What cannot be had at the moment is 0.
CollectorStatus Collector::Parts::OwnState(const CollectorSettings& settings) {
  const int64_t now = absl::ToUnixNanos(clock.Wall());
  const auto disk = files.FreeSpace(settings.store_path);
  const auto received = ingest_logic->received();
  return {.version = GODWIT_VERSION,
          .started_unix_ns = started_unix_ns,
          .now_unix_ns = now,
          .store = status_reader->Statistics().value_or(StoreStatistics{}),
          .statistics = statistics.Read(now, started_unix_ns),
          .disk_free_bytes = disk.ok() ? disk->available : 0,
          .resident_bytes = ResidentBytes(),
          .dropped_log_lines = DroppedLogLines(),
          .received_bytes = received.bytes,
          .upload_waits = received.waits,
          .store_problem = store->health()->problem(),
          .warnings = settings.warnings,
          .retention = RetentionText(live->Read().retention, statistics),
          .certificate_expires = certificate->expires()};
}

void Collector::Parts::MakeRetention() {
  retention = std::make_unique<RetentionKeeper>(
      *store, [this] { return live->Read().retention; },
      RetentionKeeper::Dependencies{
          .writer = writer, .clock = clock, .statistics = statistics, .has_room = [this] {
            return room->HasRoom();
          }});
  upkeep = std::make_unique<Upkeep>(
      *store, [this] { return live->Read().retention.keep.age; },
      Upkeep::Dependencies{
          .writer = writer, .clock = clock, .has_room = [this] { return room->HasRoom(); }});
}

Status Collector::Parts::ListenHttp(const CollectorSettings& settings) {
  if (settings.listen_http.empty()) return absl::OkStatus();
  GODWIT_ASSIGN_OR_RETURN(
      http_accept, OpenAcceptLoop({.address = settings.listen_http, .setting = "listen.http"},
                                  kDescriptorsLeftByHttp, statistics));
  http = std::make_unique<HttpServer>(
      MakePages({.executor = status,
                 .status = [this, settings] { return OwnState(settings); },
                 .health =
                     [this] {
                       return Health(*status_reader, statistics, *store->health(),
                                     {.expires = certificate->expires(),
                                      .problem = reloader->CertificateProblem(),
                                      .now = clock.Wall()});
                     }}));
  http_accept->Start([this](int socket) { http->Serve(socket); });
  return absl::OkStatus();
}

Status Collector::Parts::Listen(const CollectorSettings& settings) {
  const ListenOptions options{.address = settings.listen_devices,
                              .setting = "listen.devices",
                              .credentials = certificate->Credentials()};
  GODWIT_ASSIGN_OR_RETURN(devices, Listener::Open(options, *device_service));
  // Without TLS: operators come by ssh or a tunnel until they have certificates.
  const ListenOptions operator_options{.address = settings.listen_operators,
                                       .setting = "listen.operators"};
  GODWIT_ASSIGN_OR_RETURN(operators, Listener::Open(operator_options, *fleet_service));
  GODWIT_ASSIGN_OR_RETURN(devices_accept, OpenAcceptLoop(options, kDescriptorsLeftByDevices,
                                                         statistics, settings.trusted_proxies));
  GODWIT_ASSIGN_OR_RETURN(
      operators_accept, OpenAcceptLoop(operator_options, kDescriptorsLeftByOperators, statistics));
  devices_accept->Start([this](int socket) { devices->Serve(socket); });
  operators_accept->Start([this](int socket) { operators->Serve(socket); });
  return absl::OkStatus();
}

void Collector::Parts::CheckCertificate() {
  reloader->CheckCertificate();
  certificate_check = loop.PostAfter(kCertificateCheckPeriod, [this] { CheckCertificate(); });
}

void Collector::Run() {
  for (const int signal : {SIGTERM, SIGINT}) {
    parts_->loop.OnSignal(signal, [this] { parts_->loop.Stop(); });
  }
  ReloadPacer reloads(parts_->loop, [this] {
    parts_->notify.Reloading();
    parts_->reloader->Reload();
    parts_->notify.Ready();
  });
  parts_->loop.OnSignal(SIGHUP, [&reloads] { reloads.Request(); });
  parts_->CheckCertificate();
  parts_->notify.Ready();
  parts_->loop.Run();
  parts_->notify.Stopping();
  LogInfo("stopping");
}

// Streams get their verdicts first, then the listeners close, then the threads end in the order in
// which work flows.
void Collector::Parts::Stop() {
  StopGuard guard(kStopAtMost);
  const absl::Duration end = clock.Boot() + kStopDeadline;
  stopping.Give(end - kStopDeadlineMin);
  const auto streams = std::make_shared<std::promise<void>>();
  ingest.Post([this, streams] {
    if (orders == nullptr) return streams->set_value();
    orders->Stop();
    ingest_logic->Stop([streams] { streams->set_value(); });
  });
  guard.Awaits("the threads that accept connections");
  if (devices_accept != nullptr) devices_accept->Stop();
  if (operators_accept != nullptr) operators_accept->Stop();
  if (http_accept != nullptr) http_accept->Stop();
  // Until then calls are answered with a retry hint; a stopping gRPC would only cancel them.
  guard.Awaits("the end of devices' streams");
  streams->get_future().wait_for(absl::ToChronoNanoseconds(kStopDeadline - kStopDeadlineMin));
  guard.Awaits("the end of devices' calls");
  if (devices != nullptr) devices->Shutdown(std::max(end - clock.Boot(), kStopDeadlineMin));
  guard.Awaits("the end of operators' calls");
  if (operators != nullptr) operators->Shutdown(std::max(end - clock.Boot(), kStopDeadlineMin));
  guard.Awaits("the HTTP server");
  if (http != nullptr) http->Stop();
  // What is between ingest and writer goes back and forth at most once more: ingest hands over,
  // writer commits and posts the verdicts, ingest drops them. What waits to be decoded is dropped.
  guard.Awaits("its threads");
  for (ThreadExecutor& decoder : decoders) decoder.Stop();
  ingest.Stop();
  if (merger != nullptr) merge.Post([this] { merger->Stop(); });
  merge.Stop();
  writer.Post([this] {
    if (store_writer != nullptr) store_writer->Stop();
    retention.reset();
    upkeep.reset();
  });
  writer.Stop();
  for (const auto& query : queries) query->Stop();
  lookup.Post([this] { directory_keeper.reset(); });
  lookup.Stop();
  status.Stop();
}

}  // namespace godwit::collector
