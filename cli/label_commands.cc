// Labels that operators give devices, and the log of what operators change.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/device_names.h"
#include "cli/operator.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

StatusOr<v1::SetLabelsRequest> ChangeOf(const Values& values) {
  v1::SetLabelsRequest request;
  request.set_device(values.Text("device"));
  request.set_issuer(OperatorName());
  request.set_message(values.Text("message"));
  for (const std::string& word : values.Many("labels")) {
    if (word.size() > 1 && word.ends_with('-') && word.find('=') == std::string::npos) {
      request.add_remove(word.substr(0, word.size() - 1));
      continue;
    }
    GODWIT_ASSIGN_OR_RETURN(const auto pair, KeyValueOf(word));
    v1::Attribute& label = *request.add_set();
    label.set_key(pair.first);
    label.set_value(pair.second);
  }
  return request;
}

Row RowOf(const std::string& key, const std::string& value, const std::string& from) {
  return {.fields = {{"key", key}, {"value", value}, {"from", from}}, .cells = {key, value, from}};
}

StatusOr<int> CountOf(const Values& values) {
  const std::string text = values.Text("count");
  int count = 0;
  if (text.empty()) return count;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && count > 0) {
    return count;
  }
  return Error(StatusCode::kInvalidArgument, Cat("--count '", text, "' is not a number"));
}

}  // namespace

Status DeviceLabel(const Session& session, const Values& values) {
  GODWIT_ASSIGN_OR_RETURN(const v1::SetLabelsRequest change, ChangeOf(values));
  if (change.set_size() + change.remove_size() > 0) {
    GODWIT_RETURN_IF_ERROR(session.client->SetLabels(change).status());
  }
  v1::GetDeviceRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const v1::GetDeviceResponse device, session.client->GetDevice(request));
  RowWriter writer(stdout, session.format, {.headings = {"LABEL", "VALUE", "FROM"}},
                   session.terminal);
  bool ok = true;
  for (const v1::Attribute& label : device.labels()) {
    ok = ok && writer.Write(RowOf(label.key(), label.value(), "device"));
  }
  for (const v1::Attribute& label : device.operator_labels()) {
    ok = ok && writer.Write(RowOf(label.key(), label.value(), "operator"));
  }
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

Status Audit(const Session& session, const Values& values) {
  v1::ListAuditRequest request;
  request.set_device(values.Text("device"));
  GODWIT_ASSIGN_OR_RETURN(const int count, CountOf(values));
  request.set_count(static_cast<uint32_t>(count));
  GODWIT_ASSIGN_OR_RETURN(const v1::ListAuditResponse response, session.client->ListAudit(request));
  RowWriter writer(stdout, session.format,
                   {.headings = {"WHEN", "BY", "DEVICE", "WHAT", "DETAIL", "WHY"}},
                   session.terminal);
  DeviceNames names;
  for (const auto& entry : response.entries()) names.Add(entry.device_id(), entry.device_name());
  bool ok = true;
  for (const v1::AuditEntry& entry : response.entries()) {
    ok = ok && writer.Write({.fields = {{"time_unix_ns", entry.time_unix_ns()},
                                        {"issuer", entry.issuer()},
                                        {"what", entry.what()},
                                        {"device", entry.device_id()},
                                        {"name", entry.device_name()},
                                        {"detail", entry.detail()},
                                        {"message", entry.message()}},
                             .cells = {TimeText(entry.time_unix_ns()), entry.issuer(),
                                       names.NameOf(entry.device_id(), entry.device_name()),
                                       entry.what(), entry.detail(), entry.message()}});
  }
  return writer.End() && ok ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
