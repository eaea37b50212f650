#include "collector/store/store_shape.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "collector/store/schema.h"

namespace godwit::collector {
namespace {

// A line for each part, without what differs between a newly made store and one that was
// migrated: the order of columns, their defaults, and the names of indexes.
constexpr char kSelectParts[] = R"sql(
SELECT 'table ' || name FROM pragma_table_list
  WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
UNION ALL SELECT 'column ' || tables.name || '.' || columns.name || ' ' || columns.type ||
    iif(columns."notnull", ' NOT NULL', '') || iif(columns.pk > 0, ' key ' || columns.pk, '')
  FROM pragma_table_list AS tables JOIN pragma_table_info(tables.name) AS columns
  WHERE tables.schema = 'main' AND tables.type = 'table'
    AND tables.name NOT LIKE 'sqlite\_%' ESCAPE '\'
UNION ALL SELECT iif(indexes."unique", 'unique ', '') || iif(indexes.partial, 'partial ', '') ||
    'index of ' || tables.name || ' (' ||
    (SELECT group_concat(name, ', ') FROM pragma_index_info(indexes.name)) || ')'
  FROM pragma_table_list AS tables JOIN pragma_index_list(tables.name) AS indexes
  WHERE tables.schema = 'main' AND tables.type = 'table'
    AND tables.name NOT LIKE 'sqlite\_%' ESCAPE '\'
UNION ALL SELECT type || ' ' || name FROM sqlite_schema WHERE type IN ('trigger', 'view')
)sql";

StatusOr<std::set<std::string>> PartsOf(Database& database) {
  std::set<std::string> parts;
  Statement rows = database.Prepare(kSelectParts);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return parts;
    parts.insert(rows.Bytes(0));
  }
}

StatusOr<std::set<std::string>> PartsOfANewStore() {
  GODWIT_ASSIGN_OR_RETURN(const auto fresh, Database::Open(":memory:", Database::Mode::kReadWrite));
  GODWIT_RETURN_IF_ERROR(fresh->Execute(kSchema));
  return PartsOf(*fresh);
}

}  // namespace

StatusOr<std::vector<std::string>> FindShapeProblems(Database& database) {
  static const StatusOr<std::set<std::string>> wanted = PartsOfANewStore();
  GODWIT_RETURN_IF_ERROR(wanted.status());
  GODWIT_ASSIGN_OR_RETURN(const auto found, PartsOf(database));
  std::vector<std::string> problems;
  for (const std::string& part : *wanted) {
    if (!found.contains(part)) problems.push_back(part + " is missing");
  }
  for (const std::string& part : found) {
    if (part.starts_with("trigger ") || part.starts_with("view ")) {
      problems.push_back(part + " does not belong to the store");
    }
  }
  // A missing table first: its columns and indexes are missing with it.
  std::stable_partition(problems.begin(), problems.end(),
                        [](const std::string& problem) { return problem.starts_with("table "); });
  return problems;
}

}  // namespace godwit::collector
