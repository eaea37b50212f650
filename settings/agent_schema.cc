// The agent's settings. The names are agreed for ever.
#include <utility>

#include "settings/remote_schema.h"
#include "settings/schema.h"
#include "settings/sensor_schema.h"

namespace godwit {
namespace {

using enum SettingType;

SettingsSection Agent() {
  return {.path = "agent",
          .text = "The device, and defaults for its sensors",
          .settings = {
              {.key = "id",
               .type = kString,
               .fallback = "\"@machine-id\"",
               .text = "device id: \"@machine-id\" (a hash of /etc/machine-id), \"@serial\", "
                       "\"@hostname\", or a name of your own",
               .reported = true,
               .traits = {.local_only = true, .needs_restart = true}},
              {.key = "name",
               .type = kString,
               .fallback = "\"@hostname\"",
               .text = "display name of the device",
               .reported = true,
               .traits = {.affects = Affects::kUplink}},
              {.key = "interval",
               .type = kDuration,
               .fallback = "\"10s\"",
               .text = "default sampling interval",
               .min = "10ms",
               .max = "1d"},
              {.key = "labels",
               .type = kStringMap,
               .fallback = "{}",
               .text = "labels of the device, such as { site = \"plant-7\" }",
               .reported = true,
               .traits = {.affects = Affects::kUplink}},
              {.key = "state",
               .type = kString,
               .fallback = "\"/var/lib/godwit\"",
               .text = "folder for the state of the agent",
               .traits = {.path = PathUse::kWritten, .local_only = true, .needs_restart = true}},
              {.key = "max_series",
               .type = kInteger,
               .fallback = "5000",
               .text = "largest number of series over all sensors; further series are counted but "
                       "not sampled",
               .min = "1",
               .max = "20000",
               .traits = {.local_only = true, .needs_restart = true}}}};
}

SettingsSection Spool() {
  return {.path = "spool",
          .text = "The spool, which keeps records on flash until a collector has stored them",
          .settings =
              {{.key = "path",
                .type = kString,
                .fallback = "\"\"",
                .text = "folder of the spool; empty: \"spool\" inside agent.state",
                .traits = {.path = PathUse::kWritten, .local_only = true, .needs_restart = true}},
               {.key = "max_bytes",
                .type = kSize,
                .fallback = "\"256MiB\"",
                .text = "largest size of the spool",
                .min = "1MiB"},
               {.key = "when_full",
                .type = kChoice,
                .fallback = "\"drop-oldest\"",
                .text = "which samples to drop when the spool is full",
                .choices = {"drop-oldest", "drop-newest"}},
               {.key = "reserve_free",
                .type = kPercent,
                .fallback = "\"5%\"",
                .text = "share of its disk that stays free; below it the spool counts as full"}},
          .traits = {.affects = Affects::kSpool}};
}

SettingsSection Upload() {
  return {.path = "upload",
          .text = "The connection to the collector",
          .settings =
              {{.key = "endpoint",
                .type = kString,
                .fallback = "\"\"",
                .text = "address of the collector, such as \"collector.example.org:7443\"; empty: "
                        "sample and spool only"},
               {.key = "stream_period",
                .type = kDuration,
                .fallback = "\"30s\"",
                .text = "how long an upload stream stays open for further records",
                .min = "1s",
                .max = "10m"},
               // The floor keeps the collector, which permits a ping every 5 s, from
               // closing the connection.
               {.key = "keepalive.time",
                .type = kDuration,
                .fallback = "\"auto\"",
                .text = "silence before a ping; \"auto\": batch.period + 15s, but from 30s to 10m",
                .min = "10s",
                .max = "1h",
                .choices = {"auto"}},
               {.key = "keepalive.timeout",
                .type = kDuration,
                .fallback = "\"10s\"",
                .text = "how long to wait for the answer to a ping while nothing else is under way",
                .min = "1s",
                .max = "5m"},
               {.key = "backoff.initial",
                .type = kDuration,
                .fallback = "\"1s\"",
                .text = "upper bound of the random wait before the second connection attempt; the "
                        "bound doubles with each attempt",
                .min = "100ms",
                .max = "1h"},
               {.key = "backoff.max",
                .type = kDuration,
                .fallback = "\"5m\"",
                .text = "longest wait between connection attempts",
                .min = "100ms",
                .max = "1d"},
               {.key = "insecure",
                .type = kBool,
                .fallback = "false",
                .text = "true: allow plaintext to other machines",
                .traits = {.by_full_name_only = true}}},
          .traits = {.affects = Affects::kUplink}};
}

SettingsSchema Make() {
  SettingsSchema schema = {
      .program = "agent",
      .text = "All settings of the agent, with their defaults",
      .sections = {
          Agent(),
          {.path = "batch",
           .text = "Batches of samples",
           .settings = {{.key = "period",
                         .type = kDuration,
                         .fallback = "\"60s\"",
                         .text = "how often a batch is sealed, written to flash and sent; a crash "
                                 "loses at most one period of samples",
                         .min = "1s",
                         .max = "1d"}},
           .traits = {.affects = Affects::kBatch}},
          Spool(),
          Upload(),
          {.path = "tls",
           .text = "TLS certificates. A connection to another machine needs a CA: the system's "
                   "list of CAs is not used",
           .settings =
               {{.key = "ca",
                 .type = kString,
                 .fallback = "\"\"",
                 .text = "PEM file with the CAs that may have signed the collector's certificate",
                 .traits = {.path = PathUse::kRead}},
                {.key = "certificate",
                 .type = kString,
                 .fallback = "\"\"",
                 .text = "PEM file with this device's certificate, if the collector requires one",
                 .traits = {.path = PathUse::kRead, .local_only = true}},
                {.key = "key",
                 .type = kString,
                 .fallback = "\"\"",
                 .text = "PEM file with the private key of the certificate",
                 .traits = {.path = PathUse::kRead, .local_only = true}}},
           .traits = {.affects = Affects::kUplink}},
          RemoteSection()}};
  for (SettingsSection section : SensorSections()) {
    schema.sections.push_back(std::move(section));
  }
  return schema;
}

}  // namespace

const SettingsSchema& AgentSchema() {
  static const SettingsSchema schema = Make();
  return schema;
}

}  // namespace godwit
