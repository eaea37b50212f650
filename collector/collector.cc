#include "collector/collector.h"

#include <grpcpp/impl/service_type.h>

#include <atomic>
#include <csignal>
#include <utility>

#include "base/endpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "collector/figures.h"
#include "collector/fleet/fleet_service.h"
#include "collector/fleet/status.h"
#include "collector/http/http_server.h"
#include "collector/ingest/device_service.h"
#include "collector/ingest/ingest.h"
#include "collector/ingest/listener.h"
#include "collector/limits.h"
#include "collector/store/merger.h"
#include "collector/store/retention.h"
#include "collector/store/sqlite_store.h"
#include "collector/store/writer.h"
#include "platform/linux/accept_loop.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_clock.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"
#include "platform/linux/systemd_notify.h"
#include "platform/linux/thread_executor.h"
#include "platform/read_file.h"
#include "platform/uv/uv_loop.h"

namespace godwit::collector {
namespace {

StatusOr<std::string> ReadPem(FileSystem& files, const std::string& path) {
  if (path.empty()) return std::string();
  return ReadFile(files, path, kSmallFileBytesMax);
}

StatusOr<std::unique_ptr<AcceptLoop>> Accept(const ListenOptions& options) {
  auto loop = AcceptLoop::Open({.address = options.address,
                                .connections_per_second = kConnectionsPerSecond,
                                .burst = kConnectionsBurst});
  if (absl::IsUnavailable(loop.status())) {
    return Error(StatusCode::kUnavailable, Cat(options.setting, ": ", Message(loop.status()),
                                               "; is another collector running?"));
  }
  GODWIT_RETURN_IF_ERROR(Annotate(loop.status(), options.setting));
  return loop;
}

HttpAnswer Health(StoreReader& reader, const Figures& figures) {
  const auto store = reader.Figures();
  if (!store.ok()) return {.status = 503, .body = Message(store.status()) + "\n"};
  if (figures.Read(0, 0).store_full) return {.status = 503, .body = "the store's disk is full\n"};
  return {.body = "ok\n"};
}

}  // namespace

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
  std::unique_ptr<SqliteReader> reader;
  Figures figures;
  ReadHolds holds;
  std::unique_ptr<Writer> store_writer;
  std::unique_ptr<Ingest> ingest_logic;
  std::unique_ptr<grpc::Service> device_service;
  std::unique_ptr<grpc::Service> fleet_service;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<Merger> merger;
  ThreadExecutor query{"query", clock};
  ThreadExecutor ingest{"ingest", clock};
  ThreadExecutor merge{"merge", clock};
  ThreadExecutor writer{"writer", clock};
  std::unique_ptr<RetentionKeeper> retention;
  std::unique_ptr<Listener> devices;
  std::unique_ptr<Listener> operators;
  std::unique_ptr<AcceptLoop> devices_accept;
  std::unique_ptr<AcceptLoop> operators_accept;
  std::unique_ptr<AcceptLoop> http_accept;
  int64_t started_unix_ns = 0;
  std::atomic<uint64_t> log_followers = 0;  // ever

  Status OpenStore(const CollectorSettings& settings);
  Status Listen(const CollectorSettings& settings);
  Status ListenHttp(const CollectorSettings& settings);
  bool HasRoom(const CollectorSettings& settings);
  CollectorStatus OwnState(const CollectorSettings& settings);
  void Stop();
};

Collector::Collector(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Collector::~Collector() {
  parts_->Stop();
}

StatusOr<std::unique_ptr<Collector>> Collector::Create(const CollectorSettings& settings) {
  std::unique_ptr<Collector> collector(new Collector(std::make_unique<Parts>()));
  Parts& parts = *collector->parts_;
  LogDebug(Cat("may open ", RaiseFileLimit(), " files"));
  GODWIT_RETURN_IF_ERROR(parts.OpenStore(settings));
  parts.started_unix_ns = absl::ToUnixNanos(parts.clock.Wall());
  parts.store_writer =
      std::make_unique<Writer>(*parts.store, parts.writer, parts.clock, parts.figures,
                               [&parts, settings] { return parts.HasRoom(settings); });
  parts.ingest_logic = std::make_unique<Ingest>(
      *parts.store_writer, parts.store->store_id(), parts.figures,
      Ingest::World{.clock = parts.clock, .executor = parts.ingest, .random = parts.random});
  parts.retention = std::make_unique<RetentionKeeper>(
      *parts.store, Retention{.age = settings.retention_age, .bytes = settings.retention_bytes},
      parts.writer, parts.clock);
  parts.writer.Post([&parts] { parts.retention->Start(); });
  parts.merge.Post([&parts] { parts.merger->Start(); });
  parts.device_service = MakeDeviceService(*parts.ingest_logic, parts.ingest);
  parts.fleet_service = MakeFleetService(
      {.reader = *parts.reader,
       .executor = parts.query,
       .clock = parts.clock,
       .figures = parts.figures,
       .holds = parts.holds,
       .status = [&parts, settings] { return parts.OwnState(settings); },
       .issue =
           [&parts](NewCommand command, absl::Duration life, auto done) {
             parts.ingest.Post(
                 [&parts, command = std::move(command), life, done = std::move(done)]() mutable {
                   parts.ingest_logic->Issue(std::move(command), life, std::move(done));
                 });
           },
       .push =
           [&parts](RevisionPush push, auto done) {
             parts.ingest.Post([&parts, push = std::move(push), done = std::move(done)]() mutable {
               parts.ingest_logic->Push(std::move(push), std::move(done));
             });
           },
       .set_labels =
           [&parts](LabelChange change, auto done) {
             parts.ingest.Post(
                 [&parts, change = std::move(change), done = std::move(done)]() mutable {
                   parts.ingest_logic->SetLabels(std::move(change), std::move(done));
                 });
           },
       .follow_log =
           [&parts](const std::string& device_id, v1::LogLevel level, LogTaken taken) {
             const uint64_t id = ++parts.log_followers;
             parts.ingest.Post([&parts, follower = LogFollower{.id = id,
                                                               .device_id = device_id,
                                                               .level = level,
                                                               .taken = std::move(taken)}] {
               parts.ingest_logic->FollowLog(follower);
             });
             return [&parts, id] {
               parts.ingest.Post([&parts, id] { parts.ingest_logic->LeaveLog(id); });
             };
           }});
  GODWIT_RETURN_IF_ERROR(parts.Listen(settings));
  GODWIT_RETURN_IF_ERROR(parts.ListenHttp(settings));
  LogInfo(Cat("store ", settings.store_path, ", devices on ", parts.devices_accept->address(),
              ", operators on ", parts.operators_accept->address(),
              parts.http_accept == nullptr ? "" : ", http on ",
              parts.http_accept == nullptr ? "" : parts.http_accept->address()));
  return collector;
}

Status Collector::Parts::OpenStore(const CollectorSettings& settings) {
  GODWIT_RETURN_IF_ERROR(files.CreateDirectories(settings.store_path));
  GODWIT_ASSIGN_OR_RETURN(lock, files.Lock(settings.store_path + "/lock"));
  const std::string file = StoreFile(settings.store_path);
  GODWIT_ASSIGN_OR_RETURN(store, SqliteStore::Open(file, random));
  GODWIT_RETURN_IF_ERROR(files.SyncDirectory(settings.store_path));
  GODWIT_ASSIGN_OR_RETURN(reader, SqliteReader::Open(file));
  GODWIT_ASSIGN_OR_RETURN(auto source, SqliteMergeSource::Open(file));
  merger =
      std::make_unique<Merger>(*store, std::move(source), holds, settings.merge_after,
                               Merger::World{.clock = clock, .executor = merge, .writer = writer});
  return absl::OkStatus();
}

// On the writer. What the file has free counts: it is used before the disk is.
bool Collector::Parts::HasRoom(const CollectorSettings& settings) {
  const auto disk = files.FreeSpace(settings.store_path);
  const auto in_file = store->FreeBytes();
  if (!disk.ok() || !in_file.ok()) return true;  // the commit itself will tell what is wrong
  return static_cast<double>(disk->available + *in_file) >=
         static_cast<double>(disk->total) * settings.reserve_free;
}

// On query. What cannot be had at the moment is 0.
CollectorStatus Collector::Parts::OwnState(const CollectorSettings& settings) {
  const int64_t now = absl::ToUnixNanos(clock.Wall());
  const auto disk = files.FreeSpace(settings.store_path);
  return {.version = GODWIT_VERSION,
          .started_unix_ns = started_unix_ns,
          .now_unix_ns = now,
          .store = reader->Figures().value_or(StoreFigures{}),
          .figures = figures.Read(now, started_unix_ns),
          .disk_free_bytes = disk.ok() ? disk->available : 0,
          .resident_bytes = ResidentBytes(),
          .retention =
              Cat(DurationText(settings.retention_age), ", ", SizeText(settings.retention_bytes))};
}

Status Collector::Parts::ListenHttp(const CollectorSettings& settings) {
  if (settings.listen_http.empty()) return absl::OkStatus();
  GODWIT_RETURN_IF_ERROR(Annotate(CheckEndpoint(settings.listen_http), "listen.http"));
  if (!settings.listen_insecure && !IsLoopback(settings.listen_http)) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("listen.http = \"", settings.listen_http,
                     "\" is beyond this machine and in the clear: put a proxy in front of it, or "
                     "set listen.insecure = true"));
  }
  GODWIT_ASSIGN_OR_RETURN(http_accept,
                          Accept({.address = settings.listen_http, .setting = "listen.http"}));
  // Both ask the store, on its executor: an answer says that it is alive.
  http = std::make_unique<HttpServer>(std::map<std::string, HttpServer::Page>{
      {"/metrics",
       [this, settings](HttpServer::Respond respond) {
         query.Post([this, settings, respond] {
           respond({.type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = MetricsText(OwnState(settings))});
         });
       }},
      {"/healthz", [this](HttpServer::Respond respond) {
         query.Post([this, respond] { respond(Health(*reader, figures)); });
       }}});
  http_accept->Start([this](int socket) { http->Serve(socket); });
  return absl::OkStatus();
}

Status Collector::Parts::Listen(const CollectorSettings& settings) {
  ListenOptions options{.address = settings.listen_devices,
                        .setting = "listen.devices",
                        .insecure = settings.listen_insecure};
  GODWIT_ASSIGN_OR_RETURN(options.ca, ReadPem(files, settings.tls.ca));
  GODWIT_ASSIGN_OR_RETURN(options.certificate, ReadPem(files, settings.tls.certificate));
  GODWIT_ASSIGN_OR_RETURN(options.key, ReadPem(files, settings.tls.key));
  GODWIT_ASSIGN_OR_RETURN(devices, Listener::Open(options, *device_service));
  // Operators reach this machine by their own means (ssh, a tunnel) until they have certificates of
  // their own: their port has no TLS yet.
  ListenOptions operator_options{.address = settings.listen_operators,
                                 .setting = "listen.operators",
                                 .insecure = settings.listen_insecure};
  GODWIT_ASSIGN_OR_RETURN(operators, Listener::Open(operator_options, *fleet_service));
  GODWIT_ASSIGN_OR_RETURN(devices_accept, Accept(options));
  GODWIT_ASSIGN_OR_RETURN(operators_accept, Accept(operator_options));
  devices_accept->Start([this](int socket) { devices->Serve(socket); });
  operators_accept->Start([this](int socket) { operators->Serve(socket); });
  return absl::OkStatus();
}

void Collector::Run() {
  for (const int signal : {SIGTERM, SIGINT}) {
    parts_->loop.OnSignal(signal, [this] { parts_->loop.Stop(); });
  }
  parts_->notify.Ready();
  parts_->loop.Run();
  parts_->notify.Stopping();
  LogInfo("stopping");
}

// Streams get their verdicts first, then the listeners close, then the threads end in the order in
// which work flows.
void Collector::Parts::Stop() {
  if (ingest_logic != nullptr) {
    ingest.Post([this] { ingest_logic->Stop(); });
  }
  if (devices_accept != nullptr) devices_accept->Stop();
  if (operators_accept != nullptr) operators_accept->Stop();
  if (http_accept != nullptr) http_accept->Stop();
  if (devices != nullptr) devices->Shutdown(kStopDeadline);
  if (operators != nullptr) operators->Shutdown(kStopDeadline);
  // What is between ingest and writer goes back and forth at most once more: ingest hands over,
  // writer commits and posts the verdicts, ingest drops them.
  if (http != nullptr) http->Stop();
  ingest.Stop();
  if (merger != nullptr) {
    merge.Post([this] { merger->Stop(); });
  }
  merge.Stop();
  writer.Post([this] { retention.reset(); });
  writer.Stop();
  query.Stop();
}

}  // namespace godwit::collector
