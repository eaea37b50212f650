// The collector's settings. The names are agreed for ever.
#include "settings/schema.h"

namespace godwit {
namespace {

using enum SettingType;

SettingsSection StoreSection() {
  return {.path = "store",
          .text = "What it keeps",
          .settings = {{.key = "path",
                        .type = kString,
                        .fallback = "\"/var/lib/godwit-collector\"",
                        .text = "a folder",
                        .traits = {.path = PathUse::kWritten}},
                       {.key = "retention.age",
                        .type = kDuration,
                        .fallback = "\"90d\"",
                        .text = "older samples go",
                        .min = "1h",
                        .max = "36500d"},
                       {.key = "retention.bytes",
                        .type = kSize,
                        .fallback = "\"50GiB\"",
                        .text = "the oldest samples go when it is full",
                        .min = "16MiB"},
                       {.key = "retention.min_age",
                        .type = kDuration,
                        .fallback = "\"7d\"",
                        .text = "kept even when the disk is full, or as long as retention.age",
                        .min = "0s",
                        .max = "36500d"},
                       {.key = "reserve_free",
                        .type = kPercent,
                        .fallback = "\"5%\"",
                        .text = "of its disk; below that devices keep their data"},
                       {.key = "merge_after",
                        .type = kDuration,
                        .fallback = "\"1h\"",
                        .text = "then small batches become larger ones",
                        .min = "1s",
                        .max = "365d"}}};
}

SettingsSection LimitsSection() {
  return {
      .path = "limits",
      .text = "What devices may use",
      .settings = {{.key = "received",
                    .type = kSize,
                    .fallback = "\"256MiB\"",
                    .text = "messages in memory that wait for their verdict; beyond that "
                            "uploads wait",
                    .min = "64MiB"},
                   {.key = "device_bytes",
                    .type = kSize,
                    .fallback = "\"0B\"",
                    .text = "of one device's records in the store; \"0B\" for no quota. A "
                            "device that has as many keeps its data until retention makes room"},
                   {.key = "device_series",
                    .type = kInteger,
                    .fallback = "0",
                    .text = "different series of one device; 0 for no quota. A device that has "
                            "as many keeps records with new ones",
                    .min = "0",
                    .max = "10000000"}}};
}

SettingsSchema Make() {
  return {
      .program = "collector",
      .text = "The collector's settings, all of them, with their defaults",
      .sections = {
          {.path = "listen",
           .text = "Where it is asked",
           .settings = {{.key = "devices",
                         .type = kString,
                         .fallback = "\"127.0.0.1:7443\"",
                         .text = "where agents upload",
                         .traits = {.is_listened_at = true}},
                        {.key = "operators",
                         .type = kString,
                         .fallback = "\"127.0.0.1:7444\"",
                         .text = "where the godwit command asks; plaintext, so keep it on loopback",
                         .traits = {.is_listened_at = true}},
                        {.key = "http",
                         .type = kString,
                         .fallback = "\"127.0.0.1:7480\"",
                         .text = "/metrics and /healthz; \"\" for none",
                         .traits = {.is_listened_at = true}},
                        {.key = "insecure",
                         .type = kBool,
                         .fallback = "false",
                         .text = "true: plaintext beyond this machine"},
                        {.key = "strangers",
                         .type = kBool,
                         .fallback = "false",
                         .text = "true: beyond this machine, devices need no certificate"},
                        {.key = "trusted_proxies",
                         .type = kStrings,
                         .fallback = "[]",
                         .text = "addresses or networks (\"10.0.0.0/8\") of proxies in front of "
                                 "listen.devices, which send PROXY headers of version 2"}}},
          {.path = "tls",
           .text = "Of listen.devices",
           .settings = {{.key = "ca",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file: devices need a certificate that this authority signed",
                         .traits = {.path = PathUse::kRead}},
                        {.key = "certificate",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file of this collector",
                         .traits = {.path = PathUse::kRead}},
                        {.key = "key",
                         .type = kString,
                         .fallback = "\"\"",
                         .text = "PEM file that belongs to the certificate",
                         .traits = {.path = PathUse::kRead}}}},
          StoreSection(),
          LimitsSection()}};
}

}  // namespace

const SettingsSchema& CollectorSchema() {
  static const SettingsSchema schema = Make();
  return schema;
}

}  // namespace godwit
