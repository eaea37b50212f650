// The calls between an agent and a collector of an earlier version, as tests/long/record_calls.py
// recorded them. Header-only, for tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace godwit {

struct RecordedCall {
  std::string method;  // "OpenSession"
  std::vector<std::string> requests;
  std::vector<std::string> responses;
};

// A message on the wire is one byte 0 (not compressed by gRPC), its length as four bytes
// big-endian, and its bytes.
inline std::vector<std::string> RecordedMessages(const std::filesystem::path& path) {
  constexpr size_t kPrefixBytes = 5;
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> messages;
  for (size_t at = 0; at + kPrefixBytes <= bytes.size();) {
    size_t length = 0;
    for (size_t i = 1; i < kPrefixBytes; ++i) {
      length = length << 8 | static_cast<unsigned char>(bytes[at + i]);
    }
    messages.push_back(bytes.substr(at + kPrefixBytes, length));
    at += kPrefixBytes + length;
  }
  return messages;
}

template <typename Message>
Message ParseRecorded(const std::string& bytes) {
  Message message;
  EXPECT_TRUE(message.ParseFromString(bytes));
  return message;
}

// In the order in which the calls began.
inline std::vector<RecordedCall> RecordedCalls(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".request") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<RecordedCall> calls;
  for (std::filesystem::path path : paths) {
    const std::string stem = path.stem();  // "07-UploadMetrics"
    calls.push_back({.method = stem.substr(stem.find('-') + 1),
                     .requests = RecordedMessages(path),
                     .responses = RecordedMessages(path.replace_extension(".response"))});
  }
  return calls;
}

}  // namespace godwit
