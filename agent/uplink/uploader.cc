#include "agent/uplink/uploader.h"

namespace godwit::agent {

Uploader::Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
                   Transport& transport, Dependencies dependencies)
    : quarantine_(outbox, counters_),
      pump_(options,
            {dependencies.clock, dependencies.loop, outbox, transport, dependencies.reporter,
             quarantine_, counters_},
            {.may_reopen = [this] { return session_.MayReopen(); },
             .reopen = [this] { session_.Reopen(); },
             .failed = [this](const CallResult& result) { session_.OnFailed(result); },
             .answered = [this] { session_.OnAnswered(); },
             .drained = [this] { session_.OnDrained(); }}),
      session_(options, identity,
               {dependencies.clock, dependencies.loop, dependencies.random, outbox, transport,
                dependencies.reporter, quarantine_, pump_, counters_, dependencies.commands}) {}

}  // namespace godwit::agent
