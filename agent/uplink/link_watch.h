// Decides whether the connection to the collector is alive, by the kernel's counters.
//
// gRPC's own decision (1.51) ends slow links that are alive: it gives a ping `keepalive.timeout`,
// and a ping waits behind the record that is being sent; and it passes the same time to the kernel
// as TCP_USER_TIMEOUT, after which a window that stays closed ends the connection. Here progress is
// what the other side's kernel acknowledges, however slowly.
//
// The connection is dead if one of these holds:
//
//   - Data is under way and the other machine has acknowledged nothing, not even a probe, for time
//     + timeout.
//   - Only pings were sent, and nothing came back, for time + timeout: gRPC sends a ping when it
//     has received nothing for `time`.
//   - Data was sent, and then nothing was acknowledged and nothing came back for kLinkPatience. The
//     data may lie in the buffers of a relay, which answers for a machine behind it.
//
// Pure; thread-compatible.
#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "agent/limits.h"

namespace godwit::agent {

// The time-out for data without any acknowledgement, used by the kernel, too (TCP_USER_TIMEOUT):
// the same as for a stream's reply.
inline constexpr absl::Duration kLinkPatience = kReplyDeadline;

// The kernel's counters of a connection at one moment.
struct ConnectionCounters {
  uint64_t acked = 0;        // bytes of ours that the other side's kernel has taken
  uint64_t queued = 0;       // bytes of ours that it has not
  uint64_t received = 0;     // bytes of theirs
  bool in_flight = false;    // segments are under way: an acknowledgement is due
  bool heard_last = false;   // the last data came from them: what was sent before has an answer
  absl::Duration since_ack;  // since the last acknowledgement of anything, a window probe too
};

class LinkWatch {
 public:
  LinkWatch(absl::Duration keepalive_time, absl::Duration keepalive_timeout)
      : keepalive_time_(keepalive_time),
        idle_patience_(keepalive_time + keepalive_timeout + kTimersLate) {}

  struct Verdict {
    bool moved = false;  // bytes were acknowledged or came in since the last check
    // It is alive, none did, none are under way, and no ping is due within kRestMax.
    bool at_rest = false;
    std::string dead;  // what is wrong, for people; empty while it is alive
  };
  // The longest time for which a link at rest needs no check.
  static constexpr absl::Duration kRestMax = absl::Seconds(4);

  // Checks the connection. `now` is on the boot clock. Of the time before a late check (a suspended
  // machine) only kChecksApartMax counts, because the link had no chance meanwhile.
  Verdict Check(const ConnectionCounters& counters, absl::Duration now);

 private:
  static constexpr absl::Duration kChecksApartMax = absl::Seconds(5);
  // The most that gRPC's timers, and this check, may be late (grpc/loop_timers.h).
  static constexpr absl::Duration kTimersLate = absl::Seconds(2);
  // More bytes than a few pings with TLS around them.
  static constexpr uint64_t kPingBytesMax = 512;

  const absl::Duration keepalive_time_;
  const absl::Duration idle_patience_;
  bool first_ = true;
  ConnectionCounters last_;
  absl::Duration last_check_;
  // The watched time, and moments of it.
  absl::Duration watched_;
  absl::Duration acked_at_;
  absl::Duration heard_at_;
  absl::Duration answered_at_;    // no acknowledgement was due, or one came
  uint64_t sent_when_heard_ = 0;  // at least so many bytes
};

}  // namespace godwit::agent
