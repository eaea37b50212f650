#include "agent/uplink/grpc/connection_failure.h"

#include <array>
#include <string_view>

#include "base/foreign_text.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// Words of gRPC, what they mean for the endpoint, and what to do. The first row whose words are in
// the message counts: the more exact come first.
struct Reading {
  std::string_view words;
  std::string_view meaning;  // behind the endpoint
};

constexpr std::string_view kNoDnsServer =
    "cannot be resolved: no DNS server answers (see /etc/resolv.conf); is the network up?";
constexpr std::string_view kWebServer =
    "does not speak gRPC: a web server or a proxy answers there, not a collector";

constexpr std::array kReadings = std::to_array<Reading>({
    {"Could not contact DNS servers", kNoDnsServer},
    {"Timeout while contacting DNS servers", kNoDnsServer},
    {"DNS query cancelled", kNoDnsServer},
    {"DNS resolution failed",
     "cannot be resolved: DNS has no address for that name; is it spelt right?"},
    {"Connection refused",
     "refuses the connection: nothing listens on that port, or a firewall rejects it; is the "
     "collector running, and is that the port of its listen.devices?"},
    {"Network is unreachable",
     "cannot be reached: this machine has no route to it; is the network up?"},
    {"No route to host",
     "cannot be reached: the machine does not answer, or a firewall rejects the connection"},
    {"Host is unreachable",
     "cannot be reached: the machine does not answer, or a firewall rejects the connection"},
    {"http1.x server", kWebServer},
});

constexpr std::string_view kSilent =
    "does not answer in time: is the collector running and not overloaded, and does every firewall "
    "let the port through?";
constexpr std::string_view kNoDeviceService =
    "does not serve devices: is that the port of its listen.devices, and not of listen.operators?";
constexpr std::string_view kClosedInPlaintext =
    "accepts the connection and closes it: does that collector require TLS (tls.ca), or does "
    "something else listen there?";

std::string_view RawMessage(const Status& status) {
  return {status.message().data(), status.message().size()};
}

bool Says(std::string_view message, std::string_view words) {
  return message.find(words) != std::string_view::npos;
}

std::string_view ReadingOf(const ChannelOptions& options, const Status& failure) {
  const std::string_view message = RawMessage(failure);
  if (message.starts_with("Received http2 header with status")) return kWebServer;
  if (absl::IsUnimplemented(failure)) return kNoDeviceService;
  if (absl::IsDeadlineExceeded(failure)) return kSilent;
  if (!absl::IsUnavailable(failure)) return {};
  const bool closed = Says(message, "Socket closed") || Says(message, "Connection reset");
  if (closed && options.ca.empty()) return kClosedInPlaintext;
  // A collector may say anything in a message of its own.
  if (!Says(message, "failed to connect to all addresses") &&
      !message.starts_with("DNS resolution failed")) {
    return {};
  }
  for (const Reading& reading : kReadings) {
    if (Says(message, reading.words)) return reading.meaning;
  }
  for (const std::string_view words :
       {"tcp handshaker shutdown", "timed out", "Handshake read failed"}) {
    if (Says(message, words)) return kSilent;
  }
  return {};
}

}  // namespace

ConnectionFailure JudgeFailure(const ChannelOptions& options, const Status& failure) {
  ConnectionFailure judged;
  // A handshake may fail in any of these words; what it finds is more exact than they are.
  if (!options.ca.empty() && absl::IsUnavailable(failure)) {
    judged.probe_address = TlsSuspectAddress(std::string(RawMessage(failure)));
  }
  const std::string_view reading = ReadingOf(options, failure);
  if (!reading.empty()) judged.meaning = Cat(options.endpoint, " ", reading);
  return judged;
}

std::string MeaningOf(const ChannelOptions& options, const Status& failure, const TimeOfDay& time,
                      absl::Duration patience) {
  const ConnectionFailure judged = JudgeFailure(options, failure);
  if (judged.probe_address.empty()) return judged.meaning;
  std::string found = DiagnoseTls(options, judged.probe_address, time, patience);
  return found.empty() ? judged.meaning : found;
}

Status Explained(const Status& failure, const std::string& meaning) {
  if (meaning.empty()) return failure;
  const std::string said = Message(failure);
  return Error(failure.code(),
               Cat(ForeignText(meaning), said.empty() ? "" : " [", said, said.empty() ? "" : "]"));
}

}  // namespace godwit::agent
