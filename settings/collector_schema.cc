// The collector's settings. The names are agreed for ever.
#include "settings/schema.h"

namespace godwit {
namespace {

using enum SettingType;

SettingsSection StoreSection() {
  return {
      .path = "store",
      .text = "The store, which keeps the samples",
      .settings = {
          {.key = "path",
           .type = kString,
           .fallback = "\"/var/lib/godwit-collector\"",
           .text = "folder of the store",
           .traits = {.path = PathUse::kWritten}},
          {.key = "retention.age",
           .type = kDuration,
           .fallback = "\"90d\"",
           .text = "age at which samples are deleted",
           .min = "1h",
           .max = "36500d"},
          {.key = "retention.bytes",
           .type = kSize,
           .fallback = "\"50GiB\"",
           .text = "largest size of the store; beyond it the oldest samples are deleted",
           .min = "16MiB"},
          {.key = "retention.min_age",
           .type = kDuration,
           .fallback = "\"7d\"",
           .text = "age up to which samples are kept even when the disk is full; retention.age if "
                   "that is shorter",
           .min = "0s",
           .max = "36500d"},
          {.key = "reserve_free",
           .type = kPercent,
           .fallback = "\"5%\"",
           .text =
               "minimum share of free space on the store's disk; below it devices keep their data"},
          {.key = "merge_after",
           .type = kDuration,
           .fallback = "\"1h\"",
           .text = "age at which small batches are merged into larger ones",
           .min = "1s",
           .max = "365d"}}};
}

SettingsSection IdentitySection() {
  return {
      .path = "identity",
      .text = "Identities of devices",
      .settings = {
          {.key = "mode",
           .type = kChoice,
           .fallback = "\"off\"",
           .text =
               "check that a caller is the device that it claims to be; off: no check; observe: "
               "serve everybody, and let `godwit device refused` list callers whose certificate "
               "is not that device's; required: refuse these callers",
           .choices = {"off", "observe", "required"}},
          {.key = "map",
           .type = kStrings,
           .fallback = "[]",
           .text = "rules that read the device id from certificates of your own CA, such as "
                   "\"dns:([a-z0-9-]+)\\\\.devices\\\\.example\": uri, dns or cn, and a regular "
                   "expression whose group is the id; the URI godwit://device/ID needs no rule"}}};
}

SettingsSection LimitsSection() {
  return {
      .path = "limits",
      .text = "Limits for devices",
      .settings = {{.key = "received",
                    .type = kSize,
                    .fallback = "\"256MiB\"",
                    .text = "largest size of the messages in memory that wait for a verdict; "
                            "beyond it uploads wait",
                    .min = "64MiB"},
                   {.key = "device_bytes",
                    .type = kSize,
                    .fallback = "\"0B\"",
                    .text = "quota for the records of one device in the store; \"0B\": no quota. A "
                            "device at its quota keeps its data until retention makes room"},
                   {.key = "device_series",
                    .type = kInteger,
                    .fallback = "0",
                    .text = "quota for the different series of one device; 0: no quota. A device "
                            "at its quota keeps records that have new series",
                    .min = "0",
                    .max = "10000000"}}};
}

SettingsSchema Make() {
  return {
      .program = "collector",
      .text = "All settings of the collector, with their defaults",
      .sections = {
          {.path = "listen",
           .text = "Addresses to listen on",
           .settings =
               {{.key = "devices",
                 .type = kString,
                 .fallback = "\"127.0.0.1:7443\"",
                 .text = "address where agents upload",
                 .traits = {.is_listened_at = true}},
                {.key = "operators",
                 .type = kString,
                 .fallback = "\"127.0.0.1:7444\"",
                 .text =
                     "address where the godwit command connects; plaintext, so keep it on loopback",
                 .traits = {.is_listened_at = true}},
                {.key = "http",
                 .type = kString,
                 .fallback = "\"127.0.0.1:7480\"",
                 .text = "address of /metrics and /healthz; \"\": none",
                 .traits = {.is_listened_at = true}},
                {.key = "insecure",
                 .type = kBool,
                 .fallback = "false",
                 .text = "true: allow plaintext from other machines"},
                {.key = "strangers",
                 .type = kBool,
                 .fallback = "false",
                 .text = "true: allow devices on other machines to connect without a certificate"},
                {.key = "trusted_proxies",
                 .type = kStrings,
                 .fallback = "[]",
                 .text = "addresses or networks (\"10.0.0.0/8\") of the proxies in front of "
                         "listen.devices; they send PROXY protocol headers, version 2"}}},
          {.path = "tls",
           .text = "TLS of listen.devices",
           .settings = {{.key = "ca",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file with a CA; devices need a certificate that it signed",
                         .traits = {.path = PathUse::kRead}},
                        {.key = "certificate",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file with the collector's certificate",
                         .traits = {.path = PathUse::kRead}},
                        {.key = "key",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file with the private key of the certificate",
                         .traits = {.path = PathUse::kRead}}}},
          IdentitySection(),
          StoreSection(),
          LimitsSection()}};
}

}  // namespace

const SettingsSchema& CollectorSchema() {
  static const SettingsSchema schema = Make();
  return schema;
}

}  // namespace godwit
