// A device without an agent: sessions and uploads over the real protocol, each call waited for.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/table.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::bench {

using EncodedTables = std::vector<std::pair<TableId, std::string>>;

// Its table as sessions name it and uploads bring it.
EncodedTables EncodedOf(const std::vector<Table>& tables);

// For one thread.
class LoadDevice {
 public:
  // Has a connection of its own.
  LoadDevice(const std::string& collector, std::string id, RunId run);

  // Opens a session in which it holds records 1 to `last_seq`; false: the call failed.
  bool Open(const EncodedTables& tables, Seq last_seq);

  // One stream; the verdicts by seq, none when it failed.
  std::map<Seq, v1::Verdict> Upload(const std::vector<std::pair<Seq, const std::string*>>& batches);

  // For calls that are made otherwise.
  v1::Device::Stub& stub() { return *stub_; }
  const std::string& token() const { return token_; }

 private:
  const std::string id_;
  const RunId run_;
  std::unique_ptr<v1::Device::Stub> stub_;
  std::string token_;
  EncodedTables unknown_;
};

}  // namespace godwit::bench
