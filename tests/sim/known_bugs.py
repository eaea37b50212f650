#!/usr/bin/env python3
"""Bugs that cost users of other systems their data, to be put back into ours on purpose: the
simulation must find each. `known_bugs.py ROOT OUT` writes copies of the sources with all of them in, each
behind a switch that only tests/sim/find_known_bug.cc sets; `known_bugs.py --names` lists them.

A bug whose place is no longer found in the source fails the build: put it back where it belongs now.
"""

import pathlib
import re
import sys

# name, where it was seen, file, the sound code, the code with the bug. BUG is the switch. A bug with
# several places has a row for each.
BUGS = [
    ("trim-before-verdict",
     "Vector #25570, Fluent Bit #10952: what is handed over is unlinked before it is acknowledged",
     "agent/spool/spooled_runs.cc",
     "  if (segment.empty()) return true;\n",
     "  if (segment.empty() || BUG) return true;\n"),
    ("short-tail-drops-all",
     "vmagent #11192: a tail shorter than the names say drops everything in the file",
     "agent/spool/segment_index.cc",
     "  index.last_seq = reader.last_seq();\n",
     "  index.last_seq = reader.last_seq();\n"
     "  if (BUG && reader.damaged_bytes() > 0) index.records.clear();\n"),
    ("repair-deletes-newer",
     "Prometheus #13152, #16074: repair deletes every segment behind the damaged one",
     "agent/spool/spooled_reading.cc",
     "  Reconcile(run, segment, loaded.own);\n",
     "  Reconcile(run, segment, loaded.own);\n"
     "  if (BUG && loaded.own.damaged_bytes > 0) {\n"
     "    run.held.Remove({segment.last_seq + 1, kSpoolSeqMax});\n"
     "  }\n"),
    ("dirty-buffer",
     "Prometheus #13027, #19699: half a record stays in the buffer after a full disk",
     "agent/spool/spool.cc",
     "    AbandonActive();\n    if (std::exchange(tried_again, true)) return status;\n",
     "    if (!BUG) AbandonActive();\n    if (std::exchange(tried_again, true)) return status;\n"),
    ("sync-again",
     "fsyncgate (PostgreSQL, 2018): a failed fsync is tried again on the same file and succeeds",
     "agent/spool/segment_writer.cc",
     "  GODWIT_RETURN_IF_ERROR(file_->Sync());\n",
     "  Status synced = file_->Sync();\n"
     "  if (BUG && !synced.ok()) synced = file_->Sync();\n"
     "  GODWIT_RETURN_IF_ERROR(synced);\n"),
    ("folder-not-synced",
     "ALICE (OSDI '14), many: a new file's name is not synced",
     "agent/spool/spool.cc",
     "  if (status.ok()) status = files_.SyncDirectory(options_.path);\n",
     "  if (status.ok() && !BUG) status = files_.SyncDirectory(options_.path);\n"),
    ("settled-when-written",
     "Fluent Bit #6995, gRPC #23881: the offset moves when the bytes were written, not when acknowledged",
     "agent/uplink/upload_pump.cc",
     "  OutgoingStream* const current = Current();\n  (current",
     "  if (BUG) dependencies_.outbox.AddSettled(next.name.run, {next.name.seq, next.name.seq});\n"
     "  OutgoingStream* const current = Current();\n  (current"),
    ("header-not-checked",
     "many: a torn length is believed",
     "agent/spool/segment_format.cc",
     "  if (!read ||\n      checksum != Checksum(",
     "  if (!read) return std::nullopt;\n"
     "  if (!BUG &&\n      checksum != Checksum("),
    ("no-resync",
     "bbolt #35899 and others: the first damage ends the reading",
     "agent/spool/segment_reader.cc",
     "    const size_t magic = bytes.find(kEntryMagic, 1);\n",
     "    const size_t magic = BUG ? std::string_view::npos : bytes.find(kEntryMagic, 1);\n"),
    ("ack-before-commit",
     "NATS JetStream's default (Jepsen, 2025): acknowledged before it is durable",
     "collector/store/writer.cc",
     "  Put(std::make_unique<DeliveryCall>(std::move(delivery), can_wait, std::move(done)));\n",
     "  if (BUG) {\n"
     "    done(Outcome::kCommitted);\n"
     "    done = [](StatusOr<Outcome>) {};\n"
     "  }\n"
     "  Put(std::make_unique<DeliveryCall>(std::move(delivery), can_wait, std::move(done)));\n"),
    ("answer-believed",
     "Kafka KIP-101: a log is cut where the other side says, without a comparison",
     "agent/uplink/open_request.cc",
     "      if (!within) {\n",
     "      if (!within && !BUG) {\n"),
    ("copies-not-offered-again",
     "Amazon SQS and others: a dead letter queue is not read again once its consumer is mended",
     "agent/uplink/quarantine.cc",
     "  if (collector_ != collector) ForgetJudgements(collector);\n",
     "  const bool started = !collector_;\n"
     "  if (collector_ != collector) ForgetJudgements(collector);\n"
     "  while (BUG && !started && copies_.Take()) {\n  }\n"),
    ("columns-by-place",
     "MRTG, Cacti and others: interfaces get other numbers, and values go to another's series",
     "agent/sampling/group_layout.cc",
     "    places_.push_back(found == yielded.end() ? std::nullopt : std::optional(found->second));\n",
     "    places_.push_back(found == yielded.end() ? std::nullopt : std::optional(found->second));\n"
     "    const size_t place = places_.size() - 1;\n"
     "    if (BUG && place < admitted_.size()) places_.back() = admitted_[place];\n"),
    ("returning-layout-replaces",
     "many: kept by name, what comes back takes the place of what was there before",
     "agent/sampling/batcher.cc",
     "  closed_.batch.blocks.push_back(std::move(group.open));\n",
     "  if (BUG) {\n"
     "    std::erase_if(closed_.batch.blocks,\n"
     "                  [&](const Block& block) { return block.table == group.id; });\n"
     "  }\n"
     "  closed_.batch.blocks.push_back(std::move(group.open));\n"),
    ("abort-at-stop",
     "many: a stop comes between two steps, and the second does not expect it",
     "agent/uplink/session.cc",
     "  if (drained_) return On(SessionEvent::kDone);\n  const bool reopens",
     "  if (drained_) {\n    On(SessionEvent::kDone);\n    if (!BUG) return;\n  }\n"
     "  const bool reopens"),
    ("statement-over-segment",
     "rsyslog's .qi files and others: what one file says of another is believed over that other",
     "agent/spool/recovery.cc",
     "      const bool is_news = is_reported && last_first_seq > run.last_seq;\n",
     "      const bool is_news = !BUG && is_reported && last_first_seq > run.last_seq;\n"),
    ("statement-over-segment", "its second half: and the other goes unread",
     "agent/spool/spooled_runs.cc",
     "  if (segment.certain) return true;\n",
     "  if (BUG || segment.certain) return true;\n"),
    ("deleted-file-is-written",
     "many daemons, whenever a log or a queue is deleted by hand: they go on writing to no name",
     "agent/spool/spool_folder.cc",
     "  return has_name.ok() && !*has_name;\n",
     "  return !BUG && has_name.ok() && !*has_name;\n"),
    ("goes-back-by-the-files",
     "many: a rollback reads the files again instead of taking back what was in force; by then they "
     "say something else",
     "agent/device/trial.cc",
     "  auto prepared = deps_.applied.PrepareReturn(std::move(settings), std::move(identity));\n",
     "  if (auto own = deps_.loader.LoadOwn(); BUG && own.ok()) settings = *std::move(own);\n"
     "  auto prepared = deps_.applied.PrepareReturn(std::move(settings), std::move(identity));\n"),
    ("proves-the-old-connection",
     "many: a new address is taken for good because the old connection still works",
     "agent/device/trial.cc",
     "          .channel = run_->new_connection ? std::optional(run_->channel) : std::nullopt,\n",
     "          .channel = run_->new_connection && !BUG ? std::optional(run_->channel) : std::nullopt,\n"),
    ("trial-without-end",
     "many: what never says yes or no is waited for, for ever",
     "agent/device/trial.cc",
     "  run_->deadline = deps_.loop.PostAfter(run_->time, [this] { OnDeadline(); });\n",
     "  if (!BUG) run_->deadline = deps_.loop.PostAfter(run_->time, [this] { OnDeadline(); });\n"),
    ("reload-under-a-revision",
     "many: two layers of settings, and a reload of the lower one forgets that there is an upper one",
     "agent/device/own_files.cc",
     "  deps_.configurator.OwnFilesChanged();\n",
     "  if (!BUG) deps_.configurator.OwnFilesChanged();\n"),
    ("no-fallback-connection",
     "many: a device that was moved to an address that goes away is lost",
     "agent/device/fallback_connection.cc",
     "    if (!known) candidates.push_back({*std::move(other), *std::move(channel)});\n",
     "    if (!known && !BUG) candidates.push_back({*std::move(other), *std::move(channel)});\n"),
]


def write_copies(root, out):
    copies = {}
    for name, _, file, sound, buggy in BUGS:
        text = copies.get(file) or (root / file).read_text()
        # However the lines are broken.
        places = re.findall(r"\s+".join(map(re.escape, sound.split())), text)
        if len(places) != 1:
            sys.exit(f"known_bugs: {name}: its place in {file} is found {len(places)} times, "
                     "not once; tests/sim/known_bugs.py says what it looked like")
        bug = buggy.replace("BUG", f'sim::KnownBug("{name}")')
        copies[file] = text.replace(places[0], bug)
    for file, text in copies.items():
        target = out / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text('#include "tests/sim/known_bugs.h"\n' + text)


def main():
    if sys.argv[1:] == ["--names"]:
        print("\n".join(dict.fromkeys(bug[0] for bug in BUGS)))
    elif sys.argv[1:] == ["--files"]:
        print("\n".join(sorted({bug[2] for bug in BUGS})))
    else:
        write_copies(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))


if __name__ == "__main__":
    main()
