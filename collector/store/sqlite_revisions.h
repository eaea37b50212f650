// Revisions in the store: the offers to devices, and what devices report to run with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collector/store/order_stores.h"
#include "collector/store/sqlite.h"

namespace godwit::collector {

// Writer-confined.
class SqliteRevisions final : public RevisionStore {
 public:
  explicit SqliteRevisions(Database& database) : database_(database) {}

  StatusOr<std::vector<size_t>> Push(const std::vector<NewOffer>& offers,
                                     int64_t now_unix_ns) override;
  StatusOr<std::optional<OfferRow>> OfferFor(const std::string& device_id,
                                             const RevisionId& effective) override;
  StatusOr<std::string> RevisionText(const std::string& device_id,
                                     const RevisionId& revision) override;
  Status ReportRevision(const RevisionReport& report, int64_t now_unix_ns) override;

 private:
  StatusOr<bool> PutOffer(const NewOffer& offer, int64_t now_unix_ns);
  StatusOr<int64_t> NoteEffective(int64_t device, const RevisionId& effective);

  Database& database_;
};

// Query-confined.
class SqliteRevisionReader final : public RevisionReader {
 public:
  explicit SqliteRevisionReader(Database& database) : database_(database) {}

  StatusOr<ConfigurationRow> Configuration(int64_t device) override;
  StatusOr<std::vector<OfferRow>> Offers(int64_t device, size_t limit) override;
  StatusOr<RevisionRow> Revision(const std::string& hex_prefix) override;

 private:
  Database& database_;
};

}  // namespace godwit::collector
