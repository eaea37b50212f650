// Commands for configurations: check them, offer them to devices, and show the outcome.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "base/counted.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/device_names.h"
#include "cli/operator.h"
#include "cli/order_giver.h"
#include "cli/sample_rows.h"
#include "cli/text_diff.h"
#include "settings/agent_settings.h"

namespace godwit::cli {
namespace {

// A trial takes 90 s and twice the shortest interval at most, unless its owner says otherwise.
constexpr absl::Duration kPatience = absl::Minutes(4);
constexpr absl::Duration kPollInterval = absl::Milliseconds(250);
constexpr size_t kTextBytesMax = size_t{1} << 20;  // far beyond what a collector takes

std::string NameOf(const std::string& revision) {
  return revision.empty() ? "own files" : Hex(revision).substr(0, 8);
}

std::string FirstLine(const std::string& text) {
  const size_t end = text.find('\n');
  return end == std::string::npos || end + 1 == text.size() ? text.substr(0, end)
                                                            : text.substr(0, end) + " …";
}

// Of a file or a pipe. A folder opens like a file and fails when it is read.
StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kTextBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    return Error(StatusCode::kNotFound, Cat(path, " cannot be read: ", std::strerror(errno)));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() <= kTextBytesMax) return text;
  return Error(StatusCode::kFailedPrecondition,
               Cat(path, " is longer than ", SizeText(kTextBytesMax)));
}

// Reports problems in the same words as the agent.
StatusOr<std::string> CheckedText(const std::string& path) {
  GODWIT_ASSIGN_OR_RETURN(std::string text, ReadText(path));
  const Status status = CheckPushedSettings({.name = path, .text = text});
  if (status.ok()) return text;
  return Error(StatusCode::kFailedPrecondition, Message(status));
}

bool HasEnded(const v1::OfferInfo& offer) {
  return offer.state() == "applied" || offer.state() == "failed" || offer.state() == "unset";
}

Tone ToneOf(const v1::OfferInfo& offer) {
  if (!HasEnded(offer)) return Tone::kPlain;
  return offer.state() == "failed" ? Tone::kBad : Tone::kGood;
}

Row RowOf(const v1::DeviceConfiguration& device, const DeviceNames& names) {
  const v1::OfferInfo& offer = device.offer();
  const std::string effective =
      NameOf(device.effective_revision()) + (device.foreign() ? " (foreign)" : "");
  return {.fields = {{"device", device.device_id()},
                     {"name", device.device_name()},
                     {"connected", device.connected()},
                     {"effective", Hex(device.effective_revision())},
                     {"foreign", device.foreign()},
                     {"offered", Hex(offer.revision())},
                     {"state", device.has_offer() ? offer.state() : "unset"},
                     {"reason", offer.reason()},
                     {"issuer", offer.issuer()},
                     {"message", offer.message()},
                     {"issued_unix_ns", offer.issued_unix_ns()},
                     {"reported_unix_ns", offer.reported_unix_ns()}},
          .cells = {names.NameOf(device.device_id(), device.device_name()), effective,
                    device.has_offer() ? NameOf(offer.revision()) : "-",
                    device.has_offer() ? offer.state() : "-", offer.issuer(),
                    device.has_offer() ? TimeText(offer.issued_unix_ns()) : "-",
                    FirstLine(offer.reason())},
          .tones = {Tone::kPlain, device.foreign() ? Tone::kBad : Tone::kPlain, Tone::kPlain,
                    ToneOf(offer)}};
}

Row RowOf(const v1::OfferInfo& offer) {
  return {.fields = {{"offer", Hex(offer.offer_id())},
                     {"revision", Hex(offer.revision())},
                     {"issuer", offer.issuer()},
                     {"message", offer.message()},
                     {"issued_unix_ns", offer.issued_unix_ns()},
                     {"state", offer.state()},
                     {"reason", offer.reason()},
                     {"reported_unix_ns", offer.reported_unix_ns()}},
          .cells = {NameOf(offer.revision()), TimeText(offer.issued_unix_ns()), offer.issuer(),
                    offer.state(), offer.message(), FirstLine(offer.reason())},
          .tones = {Tone::kPlain, Tone::kPlain, Tone::kPlain, ToneOf(offer)}};
}

using Configurations = google::protobuf::RepeatedPtrField<v1::DeviceConfiguration>;
Status Write(const Session& session, const Configurations& configurations) {
  RowWriter writer(
      stdout, session.format,
      {.headings = {"DEVICE", "EFFECTIVE", "OFFERED", "STATE", "BY", "WHEN", "REASON"}},
      session.terminal);
  DeviceNames names;
  for (const auto& device : configurations) names.Add(device.device_id(), device.device_name());
  bool ok = true;
  for (const auto& device : configurations) ok = ok && writer.Write(RowOf(device, names));
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

// Until the device has ended its trial, is gone, or patience is over.
Status AwaitEnd(FleetClient& client, absl::Time until, v1::DeviceConfiguration& device) {
  const std::string offer = device.offer().offer_id();
  v1::ListConfigurationsRequest request;
  request.set_device(device.device_id());
  while (device.connected() && !HasEnded(device.offer()) && absl::Now() < until) {
    absl::SleepFor(kPollInterval);
    GODWIT_ASSIGN_OR_RETURN(v1::ListConfigurationsResponse response,
                            client.ListConfigurations(request));
    const bool connected = device.connected();
    device = response.configurations(0);
    // A device whose connection changes is away for a moment.
    device.set_connected(connected);
    if (device.offer().offer_id() != offer) break;
  }
  return absl::OkStatus();
}

Status Push(const Session& session, v1::PushRevisionRequest request, const Values& values) {
  request.set_issuer(OperatorName());
  request.set_message(values.Text("message"));
  GODWIT_ASSIGN_OR_RETURN(v1::PushRevisionResponse pushed,
                          GivePush(*session.client, std::move(request)));
  const absl::Time until = absl::Now() + kPatience;
  int failed = 0;
  std::string why;
  for (v1::DeviceConfiguration& device : *pushed.mutable_configurations()) {
    if (!values.Has("no-wait")) {
      GODWIT_RETURN_IF_ERROR(AwaitEnd(*session.client, until, device));
    }
    if (device.offer().state() != "failed") continue;
    ++failed;
    why = device.offer().reason();
  }
  GODWIT_RETURN_IF_ERROR(Write(session, pushed.configurations()));
  if (failed == 0) return absl::OkStatus();
  return Error(
      StatusCode::kAborted,
      Cat("failed on ", failed, " of ",
          Counted(static_cast<uint64_t>(pushed.configurations_size()), "device"), ": ", why));
}

StatusOr<v1::PushRevisionRequest> Addressed(const Values& values) {
  v1::PushRevisionRequest request;
  for (const std::string& device : values.Many("device")) request.add_devices(device);
  for (const std::string& label : values.Many("label")) {
    GODWIT_ASSIGN_OR_RETURN(const auto pair, KeyValueOf(label));
    v1::Attribute& added = *request.add_labels();
    added.set_key(pair.first);
    added.set_value(pair.second);
  }
  if (request.devices().empty() && request.labels().empty()) {
    return Error(StatusCode::kInvalidArgument,
                 "no device is selected; add -d DEVICE or -l KEY=VALUE");
  }
  return request;
}

// A file of that name, or else a revision.
StatusOr<std::string> TextOf(FleetClient& client, const std::string& what) {
  if (auto text = ReadText(what); text.ok()) return text;
  v1::GetRevisionRequest request;
  request.set_prefix(what);
  GODWIT_ASSIGN_OR_RETURN(v1::GetRevisionResponse response, client.GetRevision(request));
  return *std::move(response.mutable_text());
}

// A file gets every byte of a revision; a terminal nothing that it would obey.
Status Print(std::string text) {
  if (isatty(STDOUT_FILENO) != 0) text = CleanLines(text, std::string::npos);
  return std::fputs(text.c_str(), stdout) < 0 ? OutputClosed() : absl::OkStatus();
}

}  // namespace

Status ConfigCheck(const Session&, const Values& values) {
  GODWIT_RETURN_IF_ERROR(CheckedText(values.Text("file")).status());
  return Print(values.Text("file") + ": no errors\n");
}

Status ConfigPush(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(v1::PushRevisionRequest request, Addressed(values));
  const std::string file = values.Text("file");
  GODWIT_ASSIGN_OR_RETURN(*request.mutable_text(),
                          values.Has("unchecked") ? ReadText(file) : CheckedText(file));
  if (request.text().empty()) {
    return Error(StatusCode::kFailedPrecondition,
                 Cat(file, " is empty; to remove a configuration: godwit config unset"));
  }
  return Push(session, std::move(request), values);
}

Status ConfigUnset(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(v1::PushRevisionRequest request, Addressed(values));
  return Push(session, std::move(request), values);
}

Status ConfigRollback(const Session& session, const Values& values) {
  v1::ListOffersRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::ListOffersResponse response,
                          session.client->ListOffers(request));
  v1::ListConfigurationsRequest now;
  now.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::ListConfigurationsResponse current,
                          session.client->ListConfigurations(now));
  const std::string& effective = current.configurations(0).effective_revision();
  if (effective.empty()) {
    return Error(StatusCode::kAborted, "the device already runs with its own files");
  }
  v1::PushRevisionRequest push;
  push.add_devices(current.configurations(0).device_id());
  for (const v1::OfferInfo& offer : response.offers()) {
    if (offer.state() != "applied" || offer.revision() == effective) continue;
    GODWIT_ASSIGN_OR_RETURN(*push.mutable_text(), TextOf(*session.client, Hex(offer.revision())));
    break;
  }
  return Push(session, std::move(push), values);
}

Status ConfigLs(const Session& session, const Values& values) {
  v1::ListConfigurationsRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::ListConfigurationsResponse response,
                          session.client->ListConfigurations(request));
  return Write(session, response.configurations());
}

Status ConfigShow(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(const std::string text, TextOf(*session.client, values.Text("revision")));
  return Print(text.ends_with('\n') ? text : text + "\n");
}

Status ConfigDiff(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(const std::string before, TextOf(*session.client, values.Text("before")));
  GODWIT_ASSIGN_OR_RETURN(const std::string after, TextOf(*session.client, values.Text("after")));
  return Print(TextDiff(before, after));
}

Status ConfigHistory(const Session& session, const Values& values) {
  v1::ListOffersRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::ListOffersResponse response,
                          session.client->ListOffers(request));
  RowWriter writer(stdout, session.format,
                   {.headings = {"REVISION", "OFFERED", "BY", "STATE", "WHY", "REASON"}},
                   session.terminal);
  bool ok = true;
  for (const v1::OfferInfo& offer : response.offers()) ok = ok && writer.Write(RowOf(offer));
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
