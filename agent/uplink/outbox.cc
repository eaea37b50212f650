#include "agent/uplink/outbox.h"

#include <utility>

#include "base/check.h"
#include "base/checksum.h"
#include "base/log.h"

namespace godwit::agent {

Outbox::Outbox(Spool& spool, Executor& storage, Executor& loop)
    : spool_(spool), storage_(storage), loop_(loop) {}

Outbox::~Outbox() {
  *alive_ = false;
}

void Outbox::TakeInventory(std::function<void(SpoolInventory)> done) {
  storage_.Post([&spool = spool_, &loop = loop_, alive = alive_, done = std::move(done)]() mutable {
    SpoolInventory inventory{.runs = spool.Runs(),
                             .table_ids = spool.TableIds(),
                             .losses = spool.UntoldLosses(),
                             .spool_changes = spool.changes()};
    loop.Post([alive, done = std::move(done), inventory = std::move(inventory)]() mutable {
      if (*alive) done(std::move(inventory));
    });
  });
}

void Outbox::ReadNext(std::optional<RecordName> after, std::set<TableId> known,
                      std::function<void(ReadAnswer)> done) {
  storage_.Post([&spool = spool_, &loop = loop_, alive = alive_, after, known = std::move(known),
                 done = std::move(done)]() mutable {
    ReadAnswer answer{.next = Read(spool, after, known)};
    answer.spool_changes = spool.changes();
    loop.Post([alive, done = std::move(done), answer = std::move(answer)]() mutable {
      if (*alive) done(std::move(answer));
    });
  });
}

std::optional<NextRecord> Outbox::Read(Spool& spool, std::optional<RecordName> after,
                                       const std::set<TableId>& known) {
  while (const auto name = spool.Next(after)) {
    after = name;
    const auto stored = spool.Read(*name);
    if (!stored.ok()) {
      // Changed bytes are never delivered; the collector will be told that the record is gone.
      if (absl::IsDataLoss(stored.status())) LogError(Message(stored.status()));
      continue;
    }
    NextRecord next{.name = *name};
    bool decodable = true;
    for (const TableId& id : stored->tables) {
      if (known.contains(id)) continue;
      const auto encoded = spool.ReadTable(id);
      if (!encoded.ok()) {
        LogDebug(Message(encoded.status()));
        decodable = false;
        break;
      }
      v1::Table& table = next.tables.emplace_back();
      table.set_table_id(id);
      table.set_encoded(*encoded);
    }
    // It stays in the spool: another segment may bring its table back.
    if (!decodable) continue;
    next.record.set_run_id(name->run);
    next.record.set_seq(name->seq);
    next.record.set_checksum(Checksum(stored->batch));
    next.record.set_batch(stored->batch);
    return next;
  }
  return std::nullopt;
}

void Outbox::ReplaceSettled(std::map<RunId, SeqSet> settled) {
  storage_.Post([&spool = spool_, settled = std::move(settled)] { spool.ReplaceSettled(settled); });
}

void Outbox::AddSettled(RunId run, SeqRange seqs) {
  storage_.Post([&spool = spool_, run, seqs] { spool.AddSettled(run, seqs); });
}

void Outbox::ConfirmTold(std::vector<Loss> losses) {
  storage_.Post([&spool = spool_, losses = std::move(losses)] { spool.ConfirmTold(losses); });
}

}  // namespace godwit::agent
