#include "collector/store/sqlite_reader.h"

namespace godwit::collector {

StatusOr<std::unique_ptr<SqliteReader>> SqliteReader::Open(const std::string& file,
                                                           std::shared_ptr<StoreHealth> health) {
  GODWIT_ASSIGN_OR_RETURN(auto database,
                          Database::Open(file, Database::Mode::kQueryOnly, std::move(health)));
  return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(database)));
}

}  // namespace godwit::collector
