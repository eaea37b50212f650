#include "collector/store/sqlite_revisions.h"

#include <utility>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/sqlite_audit.h"
#include "collector/store/sqlite_devices.h"

namespace godwit::collector {
namespace {

constexpr char kSelectOffers[] =
    "SELECT offer_id, coalesce(revision, x''), issuer, message, state, reason, issued_unix_ns,"
    " reported_unix_ns, key FROM offer WHERE device = ? ORDER BY key DESC LIMIT ?";

OfferRow RowOf(const Statement& row) {
  return {.offer = {.id = row.Bytes(0),
                    .revision = row.Bytes(1),
                    .issuer = row.Bytes(2),
                    .message = row.Bytes(3)},
          .state = static_cast<OfferState>(row.Integer(4)),
          .reason = row.Bytes(5),
          .issued_unix_ns = row.Integer(6),
          .reported_unix_ns = row.Integer(7)};
}

StatusOr<std::vector<OfferRow>> Offers(Database& database, int64_t device, size_t limit) {
  std::vector<OfferRow> out;
  Statement rows = database.Prepare(kSelectOffers);
  rows.Bind(device).Bind(uint64_t{limit});
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return out;
    out.push_back(RowOf(rows));
  }
}

}  // namespace

StatusOr<std::vector<size_t>> SqliteRevisions::Push(const std::vector<NewOffer>& offers,
                                                    int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  std::vector<size_t> made;
  for (size_t i = 0; i < offers.size(); ++i) {
    GODWIT_ASSIGN_OR_RETURN(const bool is_new, PutOffer(offers[i], now_unix_ns));
    if (is_new) made.push_back(i);
  }
  // Texts that no offer speaks of any more, and no device runs with. An offer's own is held by a
  // foreign key.
  GODWIT_RETURN_IF_ERROR(database_
                             .Prepare("DELETE FROM revision WHERE NOT EXISTS (SELECT 1 FROM offer"
                                      " WHERE offer.revision = revision.revision)"
                                      " AND revision NOT IN (SELECT effective FROM configuration)")
                             .Run());
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  return made;
}

// Whether it is new. Its text is stored in any case: a new one behind it may be of the same.
StatusOr<bool> SqliteRevisions::PutOffer(const NewOffer& offer, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(offer.device_id));
  if (!offer.text.empty()) {
    GODWIT_RETURN_IF_ERROR(
        database_.Prepare("INSERT OR IGNORE INTO revision (revision, text) VALUES (?, ?)")
            .BindBlob(offer.revision)
            .BindText(offer.text)
            .Run());
  }
  {
    Statement find =
        database_.Prepare("SELECT device, coalesce(revision, x'') FROM offer WHERE offer_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool earlier, find.BindBlob(offer.id).Step());
    if (earlier) {
      if (find.Integer(0) == device && find.Bytes(1) == offer.revision) return false;
      return Error(StatusCode::kAlreadyExists, "another push has this id");
    }
  }
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO offer (offer_id, device, revision, issuer, message,"
                   " issued_unix_ns) VALUES (?, ?, nullif(?, x''), ?, ?, ?)")
          .BindBlob(offer.id)
          .Bind(device)
          .BindBlob(offer.revision)
          .BindText(offer.issuer)
          .BindText(offer.message)
          .Bind(now_unix_ns)
          .Run());
  GODWIT_RETURN_IF_ERROR(SqliteAudit(database_).Note(device, "configuration", offer, now_unix_ns));
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("DELETE FROM offer WHERE device = ?1 AND key <= (SELECT key FROM offer"
                   " WHERE device = ?1 ORDER BY key DESC LIMIT 1 OFFSET ?2)")
          .Bind(device)
          .Bind(uint64_t{kOffersKept})
          .Run());
  return true;
}

// Notes what the device runs with. An earlier offer, based on what it does not know, waits.
StatusOr<int64_t> SqliteRevisions::NoteEffective(int64_t device, const RevisionId& effective) {
  int64_t newest = 0;
  bool known = effective.empty();
  if (!known) {
    Statement find = database_.Prepare("SELECT 1 FROM revision WHERE revision = ?");
    GODWIT_ASSIGN_OR_RETURN(known, find.BindBlob(effective).Step());
  }
  if (!known) {
    Statement find = database_.Prepare("SELECT coalesce(max(key), 0) FROM offer WHERE device = ?");
    GODWIT_RETURN_IF_ERROR(find.Bind(device).Step().status());
    newest = find.Integer(0) + 1;
    Statement before = database_.Prepare(
        "SELECT foreign_before FROM configuration WHERE device = ? AND effective = ?"
        " AND foreign_before > 0");
    GODWIT_ASSIGN_OR_RETURN(const bool seen, before.Bind(device).BindBlob(effective).Step());
    if (seen) return before.Integer(0);
  }
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO configuration (device, effective, foreign_before) VALUES (?, ?, ?)"
                   " ON CONFLICT (device) DO UPDATE SET effective = excluded.effective,"
                   " foreign_before = excluded.foreign_before"
                   " WHERE effective != excluded.effective"
                   " OR foreign_before != excluded.foreign_before")
          .Bind(device)
          .BindBlob(effective)
          .Bind(newest)
          .Run());
  return newest;
}

StatusOr<std::optional<OfferRow>> SqliteRevisions::OfferFor(const std::string& device_id,
                                                            const RevisionId& effective) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(device_id));
  GODWIT_ASSIGN_OR_RETURN(const int64_t foreign_before, NoteEffective(device, effective));
  std::optional<OfferRow> offer;
  {
    Statement newest = database_.Prepare(kSelectOffers);
    GODWIT_ASSIGN_OR_RETURN(const bool row, newest.Bind(device).Bind(uint64_t{1}).Step());
    if (row && newest.Integer(8) >= foreign_before) offer = RowOf(newest);
  }
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  return offer;
}

StatusOr<std::string> SqliteRevisions::RevisionText(const std::string& device_id,
                                                    const RevisionId& revision) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(device_id));
  Statement find = database_.Prepare(
      "SELECT text FROM revision WHERE revision = ?1"
      " AND EXISTS (SELECT 1 FROM offer WHERE device = ?2 AND offer.revision = ?1)");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindBlob(revision).Bind(device).Step());
  if (!row) return Error(StatusCode::kNotFound, "store: this revision was not offered");
  return find.Bytes(0);
}

Status SqliteRevisions::ReportRevision(const RevisionReport& report, int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(report.device_id));
  GODWIT_RETURN_IF_ERROR(NoteEffective(device, report.effective).status());
  std::optional<OfferRow> offer;
  {
    Statement find = database_.Prepare(
        "SELECT offer_id, coalesce(revision, x''), issuer, message, state, reason, issued_unix_ns,"
        " reported_unix_ns FROM offer WHERE offer_id = ? AND device = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindBlob(report.offer_id).Bind(device).Step());
    if (row) offer = RowOf(find);
  }
  if (offer) {
    Take(report, now_unix_ns, *offer);
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("UPDATE offer SET state = ?, reason = ?, reported_unix_ns = ?"
                     " WHERE offer_id = ?")
            .Bind(static_cast<int64_t>(offer->state))
            .BindText(offer->reason)
            .Bind(offer->reported_unix_ns)
            .BindBlob(report.offer_id)
            .Run());
  }
  return transaction.Commit();
}

StatusOr<ConfigurationRow> SqliteRevisionReader::Configuration(int64_t device) {
  ConfigurationRow out;
  GODWIT_ASSIGN_OR_RETURN(auto offers, collector::Offers(database_, device, 1));
  if (!offers.empty()) out.newest = std::move(offers.front());
  Statement find =
      database_.Prepare("SELECT effective, foreign_before FROM configuration WHERE device = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).Step());
  if (!row) return out;
  out.effective = find.Bytes(0);
  out.foreign = find.Integer(1) > 0;
  return out;
}

StatusOr<std::vector<OfferRow>> SqliteRevisionReader::Offers(int64_t device, size_t limit) {
  return collector::Offers(database_, device, limit);
}

StatusOr<RevisionRow> SqliteRevisionReader::Revision(const std::string& hex_prefix) {
  Statement find = database_.Prepare(
      "SELECT revision, text FROM revision WHERE lower(hex(revision)) >= ?1"
      " AND lower(hex(revision)) < ?1 || 'g' ORDER BY revision LIMIT 2");
  GODWIT_ASSIGN_OR_RETURN(bool row, find.BindText(hex_prefix).Step());
  if (!row) return Error(StatusCode::kNotFound, Cat("no revision begins with '", hex_prefix, "'"));
  RevisionRow out{.id = find.Bytes(0), .text = find.Bytes(1)};
  GODWIT_ASSIGN_OR_RETURN(row, find.Step());
  if (!row) return out;
  return Error(StatusCode::kInvalidArgument,
               Cat("several revisions begin with '", hex_prefix, "'"));
}

}  // namespace godwit::collector
