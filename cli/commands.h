// What the commands do: each asks the collector and writes rows to standard output.
#pragma once

#include "cli/command_table.h"

namespace godwit::cli {

[[nodiscard]] Status DeviceLs(const Session& session, const Values& values);
[[nodiscard]] Status DeviceShow(const Session& session, const Values& values);
[[nodiscard]] Status SeriesLs(const Session& session, const Values& values);
[[nodiscard]] Status Latest(const Session& session, const Values& values);
[[nodiscard]] Status Query(const Session& session, const Values& values);
[[nodiscard]] Status Export(const Session& session, const Values& values);
[[nodiscard]] Status Tail(const Session& session, const Values& values);
[[nodiscard]] Status DeviceLabel(const Session& session, const Values& values);
[[nodiscard]] Status Logs(const Session& session, const Values& values);
[[nodiscard]] Status AlertLs(const Session& session, const Values& values);
[[nodiscard]] Status AlertAck(const Session& session, const Values& values);
[[nodiscard]] Status Audit(const Session& session, const Values& values);
[[nodiscard]] Status CommandSend(const Session& session, const Values& values);
[[nodiscard]] Status DeviceRefused(const Session& session, const Values& values);
[[nodiscard]] Status CommandKinds(const Session& session, const Values& values);
[[nodiscard]] Status CommandLs(const Session& session, const Values& values);
[[nodiscard]] Status ConfigCheck(const Session& session, const Values& values);
[[nodiscard]] Status ConfigPush(const Session& session, const Values& values);
[[nodiscard]] Status ConfigUnset(const Session& session, const Values& values);
[[nodiscard]] Status ConfigRollback(const Session& session, const Values& values);
[[nodiscard]] Status ConfigLs(const Session& session, const Values& values);
[[nodiscard]] Status ConfigShow(const Session& session, const Values& values);
[[nodiscard]] Status ConfigDiff(const Session& session, const Values& values);
[[nodiscard]] Status ConfigHistory(const Session& session, const Values& values);
[[nodiscard]] Status Gaps(const Session& session, const Values& values);
[[nodiscard]] Status CollectorStatus(const Session& session, const Values& values);

// From the table of commands.
[[nodiscard]] Status Completion(const Session& session, const Values& values);
[[nodiscard]] Status Man(const Session& session, const Values& values);

}  // namespace godwit::cli
