// Defines the bounds of undecided messages of devices: memory, decoding, gRPC's buffers.
#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "base/units.h"
#include "collector/limits.h"

namespace godwit::collector {

// The most deliveries of devices in the commit queue: one group being written, and the next.
// Further ones wait in front of the queue, in an order that is fair by device.
inline constexpr size_t kSubmittedOperationsMax = 2 * kCommitOperationsMax;
inline constexpr size_t kSubmittedBytesMax = kCommitBytesMax;

// The most bytes of received and undecided messages of all devices together: limits.received.
// Beyond it no stream is read.
inline constexpr ByteCount kReceivedBytes = ByteCount{256} << 20;
inline constexpr ByteCount kReceivedBytesMin = ByteCount{64} << 20;
// The shares of limits.received that one device may hold, and that all tables may hold that wait
// for their record. A device that holds little is read beyond the limit, too, so that none is
// locked out.
inline constexpr double kReceivedShareOfDevice = 1.0 / 4;
inline constexpr double kReceivedShareOfTables = 1.0 / 4;
inline constexpr ByteCount kLittleReceived = ByteCount{64} << 10;
// The multiple of limits.received up to which messages are taken, and the multiple of a message's
// size that must be free below it. One message of each stream may be on its way when the budget is
// full; large messages leave room for small ones.
inline constexpr double kReceivedHardFactor = 1.5;
inline constexpr size_t kReceivedRoomFactor = 16;
// The memory of a message besides its bytes.
inline constexpr size_t kMessageOverheadBytes = 512;
// The largest ReceiveCommands request, which is kept while its stream is open; it has a token and a
// revision.
inline constexpr size_t kCommandsRequestBytesMax = 4096;

// The number of decoding threads, and the weights of their order: the device that has lately caused
// the least work is served first; half of its use is forgotten after the half-life. A device that
// is not remembered counts as one with the newcomer's use. Bytes to be written count as work, too.
inline constexpr int kDecodeThreads = 2;
inline constexpr absl::Duration kUseHalfLife = absl::Minutes(1);
inline constexpr absl::Duration kNewcomerUse = absl::Milliseconds(100);
inline constexpr absl::Duration kUsePerMiB = absl::Milliseconds(16);

// The most memory of gRPC for the connections of one port, in its own count: 10,000 idle devices
// take a third of it. Beyond it gRPC ends connections and streams.
inline constexpr ByteCount kTransportBytesMax = ByteCount{1} << 30;

static_assert(static_cast<double>(kReceivedRoomFactor * kMessageBytesMax) <=
                  kReceivedHardFactor * static_cast<double>(kReceivedBytesMin),
              "the smallest budget takes the largest message");

}  // namespace godwit::collector
