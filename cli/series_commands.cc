// What devices measure, and what is missing of it.
#include <cstdint>
#include <cstdio>

#include "base/counted.h"
#include "base/text.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/sample_rows.h"

namespace godwit::cli {
namespace {

// Both kinds of gap have all fields: a row of a CSV file is like any other.
Row TickGapRow(const v1::TickGap& gap) {
  const bool known = gap.ticks() > 0;
  return {.fields = {{"kind", "ticks"},
                     {"reason", gap.reason()},
                     {"group", gap.group()},
                     {"after_unix_ns", gap.after_unix_ns()},
                     {"before_unix_ns", gap.before_unix_ns()},
                     {"ticks", gap.ticks()},
                     {"known", known},
                     {"estimated", gap.estimated()},
                     {"run", ""},
                     {"first_seq", uint64_t{0}},
                     {"last_seq", uint64_t{0}}},
          .cells = {TimeText(gap.after_unix_ns()), TimeText(gap.before_unix_ns()),
                    known ? Cat(gap.estimated() ? "about " : "", Counted(gap.ticks(), "tick"))
                          : "unknown",
                    gap.reason(), gap.group()}};
}

Row RecordGapRow(const v1::RecordGap& gap) {
  return {.fields = {{"kind", "records"},
                     {"reason", gap.reason()},
                     {"group", ""},
                     {"after_unix_ns", int64_t{0}},
                     {"before_unix_ns", int64_t{0}},
                     {"ticks", uint64_t{0}},
                     {"known", false},
                     {"estimated", false},
                     {"run", Hex(gap.run_id())},
                     {"first_seq", gap.first_seq()},
                     {"last_seq", gap.last_seq()}},
          .cells = {"-", "-", Counted(gap.last_seq() - gap.first_seq() + 1, "record"), gap.reason(),
                    Cat("run ", Hex(gap.run_id()), ", records ", gap.first_seq(), " to ",
                        gap.last_seq())}};
}

}  // namespace

Status SeriesLs(const Session& session, const Values& values) {
  v1::ListSeriesRequest request;
  request.set_device(values.Text("device"));
  request.set_series_glob(values.Text("glob"));
  RowWriter writer(stdout, session.format,
                   {.headings = {"SERIES", "KIND", "UNIT", "INTERVAL", "NEWEST"}},
                   session.terminal);
  bool written = true;
  GODWIT_RETURN_IF_ERROR(
      session.client->ListSeries(request, [&](const v1::ListSeriesResponse& page) {
        for (const v1::ListedSeries& listed : page.series()) {
          const KnownSeries series = Know(listed.series());
          const v1::SeriesDefinition& definition = series.definition;
          written =
              written &&
              writer.Write({.fields = {{"series", definition.name()},
                                       {"attributes", series.attributes},
                                       {"kind", definition.kind()},
                                       {"unit", definition.unit()},
                                       {"interval_ns", listed.interval_ns()},
                                       {"newest_unix_ns", listed.newest_unix_ns()}},
                            .cells = {series.text, definition.kind(), definition.unit(),
                                      listed.interval_ns() == 0
                                          ? "-"
                                          : DurationText(absl::Nanoseconds(listed.interval_ns())),
                                      AgeText(listed.newest_unix_ns(), session.now)}});
        }
        return written;
      }));
  return writer.End() && written ? absl::OkStatus() : OutputClosed();
}

Status Gaps(const Session& session, const Values& values) {
  v1::ListGapsRequest request;
  request.set_device(values.Text("device"));
  RowWriter writer(stdout, session.format,
                   {.headings = {"AFTER", "BEFORE", "MISSING", "REASON", "OF"}}, session.terminal);
  bool written = true;
  bool any = false;
  GODWIT_RETURN_IF_ERROR(session.client->ListGaps(request, [&](const v1::ListGapsResponse& page) {
    any = true;
    for (const v1::RecordGap& gap : page.records()) {
      written = written && writer.Write(RecordGapRow(gap));
    }
    for (const v1::TickGap& gap : page.ticks()) {
      written = written && writer.Write(TickGapRow(gap));
    }
    return written;
  }));
  if (!any && session.format == Format::kTable) {
    std::puts("nothing is missing");
    return absl::OkStatus();
  }
  return writer.End() && written ? absl::OkStatus() : OutputClosed();
}

}  // namespace godwit::cli
