// Names devices in a list for people so that two of the same name, or of ids that start alike, are
// distinguished. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

namespace godwit::cli {

// Thread-compatible.
class DeviceNames {
 public:
  // Every device of the list, before the first line of it.
  void Add(const std::string& id, const std::string& name);

  // The beginning of an id: 12 characters, or as many as no other device's id begins with.
  std::string ShortId(const std::string& id) const;
  // Returns "pump-7", or "pump-7 (5f0c21)" if several devices have that name.
  std::string NameOf(const std::string& id, const std::string& name) const;

 private:
  std::set<std::string> ids_;
  std::map<std::string, std::set<std::string>> ids_by_name_;
};

}  // namespace godwit::cli
