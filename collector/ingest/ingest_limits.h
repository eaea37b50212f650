// The bounds of what devices bring and what is not decided yet: memory, decoding, gRPC's buffers.
#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "base/units.h"
#include "collector/limits.h"

namespace godwit::collector {

// Deliveries of devices that the commit queue holds at a time: what it writes as one group, and
// what is the next. What is received beyond waits in front of the queue, in an order that is fair
// by device.
inline constexpr size_t kSubmittedOperationsMax = 2 * kCommitOperationsMax;
inline constexpr size_t kSubmittedBytesMax = kCommitBytesMax;

// Bytes of messages that are received and undecided, of all devices together: limits.received.
// Beyond it no stream is read.
inline constexpr ByteCount kReceivedBytes = ByteCount{256} << 20;
inline constexpr ByteCount kReceivedBytesMin = ByteCount{64} << 20;
// Of limits.received: what one device may hold, and what all tables may hold that wait for their
// record. A device that holds little is read beyond the limit, too, so that nobody is kept out.
inline constexpr double kReceivedShareOfDevice = 1.0 / 4;
inline constexpr double kReceivedShareOfTables = 1.0 / 4;
inline constexpr ByteCount kLittleReceived = ByteCount{64} << 10;
// One message of each stream may be on its way when the budget is full. It is taken while so many
// times its size are free below this multiple of limits.received, and refused otherwise: large
// messages leave room for small ones.
inline constexpr double kReceivedHardFactor = 1.5;
inline constexpr size_t kReceivedRoomFactor = 16;
// What a message takes in memory beside its bytes.
inline constexpr size_t kMessageOverheadBytes = 512;
// A ReceiveCommands request is kept while its stream is open; it has a token and a revision.
inline constexpr size_t kCommandsRequestBytesMax = 4096;

// Threads that decode. The device that has lately caused the least work is served first; half of
// its use is forgotten after this time. A device that is not remembered counts as one that has used
// so much; a byte that is written counts as work, too.
inline constexpr int kDecodeThreads = 2;
inline constexpr absl::Duration kUseHalfLife = absl::Minutes(1);
inline constexpr absl::Duration kNewcomerUse = absl::Milliseconds(100);
inline constexpr absl::Duration kUsePerMiB = absl::Milliseconds(16);

// What gRPC may hold for the connections of one port, in its own count: 10,000 idle devices take
// a third of it. Beyond it gRPC ends connections and streams.
inline constexpr ByteCount kTransportBytesMax = ByteCount{1} << 30;

static_assert(static_cast<double>(kReceivedRoomFactor * kMessageBytesMax) <=
                  kReceivedHardFactor * static_cast<double>(kReceivedBytesMin),
              "the smallest budget takes the largest message");

}  // namespace godwit::collector
