#include "agent/uplink/uploader.h"

namespace godwit::agent {

Uploader::Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
                   Transport& transport, World world)
    : quarantine_(outbox, counters_),
      pump_(options,
            {world.clock, world.loop, outbox, transport, world.reporter, quarantine_, counters_},
            {.may_reopen = [this] { return session_.MayReopen(); },
             .reopen = [this] { session_.Reopen(); },
             .failed = [this](const CallResult& result) { session_.OnFailed(result); },
             .answered = [this] { session_.OnAnswered(); },
             .drained = [this] { session_.OnDrained(); }}),
      session_(options, identity,
               {world.clock, world.loop, world.random, outbox, transport, world.reporter,
                quarantine_, pump_, counters_, world.commands}) {}

}  // namespace godwit::agent
