// A call that streams the pages of a query, in turns on the query's thread. Only the service
// includes this: gRPC stays out of headers.
#pragma once

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/mutex.h"
#include "base/text.h"
#include "collector/fleet/query_pool.h"
#include "collector/fleet/stop_notice.h"
#include "collector/fleet/turn.h"
#include "collector/limits.h"
#include "collector/statistics.h"
#include "collector/store/read_holds.h"

namespace godwit::collector {

inline grpc::Status Answer(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), Message(status)};
}

// The source of a call's pages. Returns nothing at the end, or if the turn is over first, or if
// there is none yet and the query waits for more.
template <typename Page>
class PageSource {
 public:
  virtual ~PageSource() = default;
  virtual StatusOr<std::optional<Page>> NextPage(const Turn& turn) = 0;
  // Returns whether more may come although there is none yet: then it is called again a little
  // later.
  virtual bool waits() const = 0;
};

// A query that holds its device's records for as long as it lives; or none.
template <typename Page, typename Query>
std::unique_ptr<PageSource<Page>> MakeSource(ReadHolds::Hold hold, std::unique_ptr<Query> query) {
  class Held final : public PageSource<Page> {
   public:
    Held(ReadHolds::Hold hold, std::unique_ptr<Query> query)
        : hold_(std::move(hold)), query_(std::move(query)) {}
    StatusOr<std::optional<Page>> NextPage(const Turn& turn) override {
      return query_->NextPage(turn);
    }
    bool waits() const override {
      if constexpr (requires { query_->waits(); }) return query_->waits();
      return false;
    }

   private:
    const ReadHolds::Hold hold_;
    const std::unique_ptr<Query> query_;
  };
  return std::make_unique<Held>(std::move(hold), std::move(query));
}

struct PageTraits {
  LongCall kind = LongCall::kQuery;
  const Clock& clock;
  Statistics& statistics;
  const StopNotice& stopping;
  absl::Duration patience;         // with a reader that takes nothing
  absl::Duration status_patience;  // with one that does not take the status of the end either
};

// The reactor of a call. Lives until gRPC calls OnDone. All its state belongs to the worker's
// thread.
template <typename Page>
class PageReactor final : public grpc::ServerWriteReactor<Page> {
 public:
  using Source = std::unique_ptr<PageSource<Page>>;
  using Open = std::function<StatusOr<Source>(StoreReader&)>;

  PageReactor(grpc::CallbackServerContext& context, QueryPool::Seat seat, const PageTraits& traits,
              Open open)
      : context_(&context),
        seat_(std::move(seat)),
        traits_(traits),
        entered_(traits.statistics.Enter(traits.kind)),
        open_(std::move(open)) {
    if (entered_) {
      PostNext();
    } else {
      const LongCallLimit& limit = LimitOf(traits.kind);
      End({grpc::StatusCode::RESOURCE_EXHAUSTED,
           Cat(limit.most, " ", limit.name, " are in progress; try again in a moment")});
    }
  }
  ~PageReactor() override { Leave(); }

  void OnWriteDone(bool) override { PostNext(); }
  void OnCancel() override {
    cancelled_ = true;
    // A write under way ends when the connection takes it, which may be never: what the query holds
    // is let go at once.
    executor().Post([this] {
      const bool waiting = timer_ != nullptr && !writing_;
      Leave();
      if (waiting) EndCancelled();
    });
  }
  void OnDone() override {
    {
      const MutexLock lock(context_mutex_);
      context_ = nullptr;
    }
    // On the executor: the query goes where it lived.
    executor().Post([this] { delete this; });
  }

 private:
  Executor& executor() { return seat_.worker.executor; }
  void PostNext() {
    executor().Post([this] { Next(); });
  }

  void Leave() {
    if (std::exchange(entered_, false)) traits_.statistics.Leave(traits_.kind);
    timer_.reset();
    source_.reset();
  }

  // Once. What the query held is free before its caller hears of the end.
  void End(const grpc::Status& status) {
    Leave();
    if (!std::exchange(ended_, true)) this->Finish(status);
  }
  void EndCancelled() { End({grpc::StatusCode::CANCELLED, "the reader disconnected"}); }

  void Next() {
    if (ended_) return;
    timer_.reset();
    writing_ = false;
    if (cancelled_) return EndCancelled();
    const bool waits = source_ == nullptr || source_->waits();
    const Status stop = traits_.stopping.Check(waits, traits_.clock.Boot());
    if (!stop.ok()) return End(Answer(stop));
    // One statement may take longer than a turn.
    const ReadWatch watch(seat_.worker.reader, [this] { return cancelled_.load(); });
    if (source_ == nullptr) {
      auto source = open_(seat_.worker.reader);
      if (!source.ok()) return End(Answer(source.status()));
      source_ = *std::move(source);
    }
    const Turn turn(traits_.clock, kQueryTurn, cancelled_);
    auto page = source_->NextPage(turn);
    if (!page.ok()) return End(Answer(page.status()));
    if (page->has_value()) return Write(**std::move(page));
    if (turn.over()) return PostNext();  // behind the others of this thread
    if (!source_->waits()) return End(grpc::Status::OK);
    timer_ = executor().PostAfter(kTailPeriod, [this] { Next(); });
  }

  void Write(Page page) {
    page_ = std::move(page);
    writing_ = true;
    timer_ = executor().PostAfter(traits_.patience, [this] { SendAway(); });
    this->StartWrite(&page_);
  }

  // The reader has taken nothing for too long. The status waits behind the page, for a reader that
  // comes back; one that does not is cut off.
  void SendAway() {
    traits_.statistics.NoteRefusal("reader took nothing");
    End({grpc::StatusCode::ABORTED,
         Cat("the reader took nothing for ", DurationText(traits_.patience),
             ", so its output is incomplete")});
    timer_ = executor().PostAfter(traits_.status_patience, [this] {
      const MutexLock lock(context_mutex_);
      if (context_ != nullptr) context_->TryCancel();
    });
  }

  Mutex context_mutex_;
  // Null once the call is done.
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(context_mutex_);
  const QueryPool::Seat seat_;
  const PageTraits traits_;
  bool entered_;  // it counts as under way
  const Open open_;
  Source source_;
  Page page_;
  bool writing_ = false;
  bool ended_ = false;
  // For the next page of what waits; while a page is written, for the reader's patience.
  std::unique_ptr<Timer> timer_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace godwit::collector
