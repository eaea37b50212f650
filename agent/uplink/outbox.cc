#include "agent/uplink/outbox.h"

#include <string>
#include <utility>

#include "base/check.h"
#include "base/checksum.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

namespace {

void SetRecord(const RecordName& name, std::string batch, v1::Record& record) {
  record.set_run_id(name.run);
  record.set_seq(name.seq);
  record.set_checksum(Checksum(batch));
  record.set_batch(std::move(batch));
}

void AddTable(const TableId& id, std::string encoded, NextRecord& next) {
  v1::Table& table = next.tables.emplace_back();
  table.set_table_id(id);
  table.set_encoded(std::move(encoded));
}

}  // namespace

Outbox::Outbox(Spool& spool, Executor& storage, Executor& loop)
    : spool_(spool), storage_(storage), loop_(loop) {}

Outbox::~Outbox() {
  alive_.End();
}

void Outbox::TakeInventory(std::function<void(SpoolInventory)> done) {
  storage_.Post(
      [&spool = spool_, &loop = loop_, alive = alive_.Refer(), done = std::move(done)]() mutable {
        SpoolInventory inventory{.runs = spool.Runs(),
                                 .table_ids = spool.TableIds(),
                                 .losses = spool.UnreportedLosses(),
                                 .rejected_and_held = spool.RejectedAndHeld(),
                                 .rejected_and_gone = spool.RejectedAndGone(),
                                 .rejected_and_unread = spool.RejectedAndUnread(),
                                 .stats = spool.stats(),
                                 .spool_changes = spool.changes()};
        loop.Post([alive, done = std::move(done), inventory = std::move(inventory)]() mutable {
          if (alive) done(std::move(inventory));
        });
      });
}

void Outbox::Ask(ReadOptions options, Reading read, std::function<void(ReadAnswer)> done) {
  storage_.Post([&spool = spool_, &loop = loop_, alive = alive_.Refer(),
                 options = std::move(options), read = std::move(read),
                 done = std::move(done)]() mutable {
    ReadAnswer answer;
    read(spool, options, answer);
    if (answer.next) answer.more = spool.Next(answer.next->name).has_value();
    if (options.stats) answer.stats = spool.stats();
    answer.spool_changes = spool.changes();
    loop.Post([alive, done = std::move(done), answer = std::move(answer)]() mutable {
      if (alive) done(std::move(answer));
    });
  });
}

void Outbox::ReadNext(std::optional<RecordName> after, ReadOptions options,
                      std::function<void(ReadAnswer)> done) {
  Ask(
      std::move(options),
      [after](Spool& spool, const ReadOptions& wanted, ReadAnswer& answer) {
        Read(spool, after, wanted, answer);
      },
      std::move(done));
}

void Outbox::ReadNewest(ReadOptions options, std::function<void(ReadAnswer)> done) {
  Ask(
      std::move(options),
      [](Spool& spool, const ReadOptions& wanted, ReadAnswer& answer) {
        const auto name = spool.NewestUnsettled(wanted.passed_over);
        if (!name) return;
        if (auto next = ReadOne(spool, *name, wanted.known); next.ok()) {
          answer.next = *std::move(next);
        }
      },
      std::move(done));
}

void Outbox::ReadNamed(const RecordName& name, ReadOptions options,
                       std::function<void(ReadAnswer)> done) {
  Ask(
      std::move(options),
      [name](Spool& spool, const ReadOptions& wanted, ReadAnswer& answer) {
        if (auto next = ReadOne(spool, name, wanted.known); next.ok()) {
          answer.next = *std::move(next);
        }
      },
      std::move(done));
}

void Outbox::ReadQuarantined(const RecordName& name, ReadOptions options,
                             std::function<void(ReadAnswer)> done) {
  Ask(
      std::move(options),
      [name](Spool& spool, const ReadOptions& wanted, ReadAnswer& answer) {
        auto copy = ReadCopy(spool, name, wanted.known);
        if (copy.ok()) {
          answer.next = *std::move(copy);
        } else {
          answer.skipped = MayBeReadLater(copy.status());
        }
      },
      std::move(done));
}

void Outbox::Read(Spool& spool, std::optional<RecordName> after, const ReadOptions& options,
                  ReadAnswer& answer) {
  while (const auto name = spool.Next(after)) {
    after = name;
    if (options.passed_over.contains(*name)) continue;
    auto next = ReadOne(spool, *name, options.known);
    if (next.ok()) {
      answer.next = *std::move(next);
      return;
    }
    answer.skipped |= MayBeReadLater(next.status());
  }
}

// What is gone, or changed, stays so; a disk that does not read now may read later.
bool Outbox::MayBeReadLater(const Status& status) {
  return !absl::IsNotFound(status) && !absl::IsDataLoss(status);
}

StatusOr<NextRecord> Outbox::ReadOne(Spool& spool, const RecordName& name,
                                     const std::set<TableId>& known) {
  auto stored = spool.Read(name);
  if (!stored.ok()) {
    // Changed bytes are never delivered; the agent reports the record as lost.
    if (absl::IsDataLoss(stored.status())) LogError(Message(stored.status()));
    return stored.status();
  }
  NextRecord next{.name = name};
  for (const TableId& id : stored->tables) {
    if (known.contains(id)) continue;
    auto encoded = spool.ReadTable(id);
    if (absl::IsDataLoss(encoded.status())) {
      LogError(Cat("record ", Hex(name.run), "/", name.seq, ": ", Message(encoded.status())));
      spool.MarkDamaged(name);
    }
    if (!encoded.ok()) {
      LogDebug(Message(encoded.status()));
      // It stays in the spool: another segment may bring its table back.
      return absl::IsNotFound(encoded.status())
                 ? Error(StatusCode::kUnavailable, Message(encoded.status()))
                 : encoded.status();
    }
    AddTable(id, *std::move(encoded), next);
  }
  SetRecord(name, std::move(stored->batch), next.record);
  return next;
}

StatusOr<NextRecord> Outbox::ReadCopy(Spool& spool, const RecordName& name,
                                      const std::set<TableId>& known) {
  GODWIT_ASSIGN_OR_RETURN(auto copy, spool.ReadQuarantined(name));
  NextRecord next{.name = name};
  for (SpoolTable& table : copy.tables) {
    if (!known.contains(table.id)) AddTable(table.id, std::move(table.encoded), next);
  }
  SetRecord(name, std::move(copy.batch), next.record);
  return next;
}

void Outbox::CopyToQuarantine(std::vector<RecordName> names, QuarantineKind kind,
                              std::function<void(QuarantineAnswer)> done) {
  storage_.Post([&spool = spool_, &loop = loop_, alive = alive_.Refer(), names = std::move(names),
                 kind, done = std::move(done)]() mutable {
    QuarantineAnswer answer;
    for (const RecordName& name : names) {
      const Status status = spool.CopyToQuarantine(name, kind);
      if (status.ok()) answer.copied.push_back(name);
      answer.status.Update(status);
    }
    loop.Post([alive, done = std::move(done), answer = std::move(answer)]() mutable {
      if (alive) done(std::move(answer));
    });
  });
}

void Outbox::DropQuarantined(const RecordName& name) {
  storage_.Post([&spool = spool_, name] { spool.DropQuarantined(name); });
}

void Outbox::ReplaceSettled(std::map<RunId, SeqSet> settled, std::map<RunId, SeqSet> reported) {
  storage_.Post([&spool = spool_, settled = std::move(settled), reported = std::move(reported)] {
    spool.ReplaceSettled(settled, reported);
  });
}

void Outbox::AddSettled(RunId run, SeqRange seqs) {
  // A segment that goes a moment later is no worse; a wake-up a stream is.
  storage_.PostLazily([&spool = spool_, run, seqs] { spool.AddSettled(run, seqs); });
}

void Outbox::ConfirmReported(std::vector<Loss> losses) {
  storage_.Post([&spool = spool_, losses = std::move(losses)] { spool.ConfirmReported(losses); });
}

}  // namespace godwit::agent
