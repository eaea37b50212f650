#include "collector/http_pages.h"

#include <utility>

#include "base/text.h"

namespace godwit::collector {
namespace {

std::string DateText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone());
}

HttpAnswer Unhealthy(const std::string& why) {
  return {.status = 503, .body = Cat(why, "\n")};
}

}  // namespace

HttpAnswer Health(DeviceReader& reader, const Statistics& statistics, const StoreHealth& store,
                  const CertificateState& certificate) {
  if (const std::string problem = store.problem(); !problem.empty()) return Unhealthy(problem);
  if (const auto read = reader.Statistics(); !read.ok()) return Unhealthy(Message(read.status()));
  if (statistics.Read(0, 0).store_full) return Unhealthy("the store's disk is full");
  const std::string expires = DateText(certificate.expires);
  if (certificate.expires <= certificate.now) {
    return Unhealthy(Cat("the certificate expired on ", expires, ": devices cannot connect"));
  }
  if (certificate.problem.empty()) return {.body = "ok\n"};
  return {.body = Cat("ok until ", expires, ", when the certificate expires; its new files cannot",
                      " be used: ", certificate.problem, "\n")};
}

std::map<std::string, HttpServer::Page> MakePages(HttpDependencies dependencies) {
  return {
      {"/metrics",
       [dependencies](HttpServer::Respond respond) {
         dependencies.executor.Post([dependencies, respond] {
           respond({.type = "text/plain; version=0.0.4; charset=utf-8",
                    .body = MetricsText(dependencies.status())});
         });
       }},
      {"/healthz", [dependencies](HttpServer::Respond respond) {
         dependencies.executor.Post([dependencies, respond] { respond(dependencies.health()); });
       }}};
}

}  // namespace godwit::collector
