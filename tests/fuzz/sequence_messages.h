// The messages that strangers send, made from the bytes of a sequence: some as an agent makes them,
// some with numbers that no agent has, some that are no messages at all.
#pragma once

#include <cstdint>
#include <string>

#include "codec/table.h"
#include "proto/godwit/v1/device.pb.h"
#include "tests/fuzz/sequence_bytes.h"

namespace godwit::collector {

// The identities that a sequence names are of a few letters and numbers, so that calls meet.
Table TableOf(uint64_t number);
std::string SixteenOf(uint64_t letter);

// Has no device id, unless the bytes are taken as the message on the wire.
v1::OpenSessionRequest DrawOpenSession(SequenceBytes& bytes);

// The first message of an upload stream.
v1::UploadMetricsRequest DrawUploadStart(SequenceBytes& bytes, const std::string& session_token);
v1::UploadMetricsRequest DrawUpload(SequenceBytes& bytes);

}  // namespace godwit::collector
