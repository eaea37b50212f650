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
          .text = "This device",
          .settings = {
              {.key = "id",
               .type = kString,
               .fallback = "\"@machine-id\"",
               .text = "a hash of /etc/machine-id; or \"@serial\", \"@hostname\", or a name",
               .reported = true,
               .traits = {.local_only = true, .needs_restart = true}},
              {.key = "name",
               .type = kString,
               .fallback = "\"@hostname\"",
               .text = "what people see",
               .reported = true,
               .traits = {.affects = Affects::kUplink}},
              {.key = "interval",
               .type = kDuration,
               .fallback = "\"10s\"",
               .text = "of sensors that do not say their own",
               .min = "10ms",
               .max = "1d"},
              {.key = "labels",
               .type = kStringMap,
               .fallback = "{}",
               .text = "such as { site = \"plant-7\" }",
               .reported = true,
               .traits = {.affects = Affects::kUplink}},
              {.key = "state",
               .type = kString,
               .fallback = "\"/var/lib/godwit\"",
               .text = "what the agent keeps",
               .traits = {.path = PathUse::kWritten, .local_only = true, .needs_restart = true}},
              {.key = "max_series",
               .type = kInteger,
               .fallback = "5000",
               .text = "of all sensors together; what is beyond is counted and not sampled",
               .min = "1",
               .max = "20000",
               .traits = {.local_only = true, .needs_restart = true}}}};
}

SettingsSection Spool() {
  return {.path = "spool",
          .text = "What is kept on flash until a collector has it",
          .settings =
              {{.key = "path",
                .type = kString,
                .fallback = "\"\"",
                .text = "empty: \"spool\" in agent.state",
                .traits = {.path = PathUse::kWritten, .local_only = true, .needs_restart = true}},
               {.key = "max_bytes",
                .type = kSize,
                .fallback = "\"256MiB\"",
                .text = "never more than this",
                .min = "1MiB"},
               {.key = "when_full",
                .type = kChoice,
                .fallback = "\"drop-oldest\"",
                .text = "which samples go when the spool is full",
                .choices = {"drop-oldest", "drop-newest"}},
               {.key = "reserve_free",
                .type = kPercent,
                .fallback = "\"5%\"",
                .text = "below this share of free disk space the spool grows no further"}},
          .traits = {.affects = Affects::kSpool}};
}

SettingsSection Upload() {
  return {
      .path = "upload",
      .text = "The way to the collector",
      .settings = {{.key = "endpoint",
                    .type = kString,
                    .fallback = "\"\"",
                    .text = "\"collector.example.org:7443\"; empty: sample and spool only"},
                   {.key = "stream_period",
                    .type = kDuration,
                    .fallback = "\"30s\"",
                    .text = "how long an upload stays open for more",
                    .min = "1s",
                    .max = "10m"},
                   // The floor keeps the collector, which permits a ping every 5 s, from closing
                   // the connection.
                   {.key = "keepalive.time",
                    .type = kDuration,
                    .fallback = "\"auto\"",
                    .text = "silence before a ping; \"auto\": batch.period + 15s, from 30s to 10m",
                    .min = "10s",
                    .max = "1h",
                    .choices = {"auto"}},
                   {.key = "keepalive.timeout",
                    .type = kDuration,
                    .fallback = "\"10s\"",
                    .text = "for a ping's answer, while nothing else is under way",
                    .min = "1s",
                    .max = "5m"},
                   {.key = "backoff.initial",
                    .type = kDuration,
                    .fallback = "\"1s\"",
                    .text = "before the second attempt to connect; random up to this, then doubled",
                    .min = "100ms",
                    .max = "1h"},
                   {.key = "backoff.max",
                    .type = kDuration,
                    .fallback = "\"5m\"",
                    .text = "between attempts at most",
                    .min = "100ms",
                    .max = "1d"},
                   {.key = "insecure",
                    .type = kBool,
                    .fallback = "false",
                    .text = "true: plaintext beyond this machine",
                    .traits = {.by_full_name_only = true}}},
      .traits = {.affects = Affects::kUplink}};
}

SettingsSchema Make() {
  SettingsSchema schema = {
      .program = "agent",
      .text = "The agent's settings, all of them, with their defaults",
      .sections = {
          Agent(),
          {.path = "batch",
           .text = "Samples on their way to flash",
           .settings = {{.key = "period",
                         .type = kDuration,
                         .fallback = "\"60s\"",
                         .text = "how often they are sealed, written and sent; a crash loses at "
                                 "most this",
                         .min = "1s",
                         .max = "1d"}},
           .traits = {.affects = Affects::kBatch}},
          Spool(),
          Upload(),
          {.path = "tls",
           .text = "Who is who. Beyond this machine a CA is needed: no system-wide list is trusted",
           .settings = {{.key = "ca",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file: who may have signed the collector's certificate",
                         .traits = {.path = PathUse::kRead}},
                        {.key = "certificate",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file of this device, if the collector asks for one",
                         .traits = {.path = PathUse::kRead, .local_only = true}},
                        {.key = "key",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file that belongs to the certificate",
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
