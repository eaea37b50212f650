#include "platform/linux/mount_probe.h"

#include <fcntl.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/mutex.h"
#include "base/text.h"
#include "base/units.h"
#include "platform/linux/blocking_worker.h"
#include "platform/linux/file_descriptor.h"

namespace godwit {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Answers = std::vector<StatusOr<FileSystemUsage>>;

std::string Since(SteadyClock::time_point begin) {
  return DurationText(absl::Trunc(absl::FromChrono(SteadyClock::now() - begin), absl::Seconds(1)));
}

// Of an open descriptor (proc(5), /proc/pid/fdinfo). st_dev would not do: btrfs has one for each
// subvolume, and mountinfo shows another.
StatusOr<uint64_t> MountIdOf(const FileDescriptor& fd) {
  constexpr std::string_view kKey = "mnt_id:\t";
  const std::string path = Cat("/proc/self/fdinfo/", fd.get());
  const FileDescriptor info(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!info.valid()) return ErrnoError(errno, Cat("open ", path));
  char buffer[512];
  const ssize_t got = read(info.get(), buffer, sizeof(buffer));
  if (got < 0) return ErrnoError(errno, Cat("read ", path));
  const std::string_view text(buffer, static_cast<size_t>(got));
  const size_t at = text.find(kKey);
  uint64_t id = 0;
  if (at == std::string_view::npos ||
      std::from_chars(text.begin() + at + kKey.size(), text.end(), id).ec != std::errc{}) {
    return Error(StatusCode::kDataLoss, Cat(path, " has no mnt_id"));
  }
  return id;
}

}  // namespace

// One walk over mounts, shared with the thread that does it: that one may outlast everything else.
struct MountProbe::Round {
  std::vector<MountedFileSystem> mounts;
  Mutex mutex;
  CondVar end;
  Answers answers ABSL_GUARDED_BY(mutex);  // so far, in the order of `mounts`
  // The mount behind these.
  SteadyClock::time_point asked_at ABSL_GUARDED_BY(mutex);
  bool started ABSL_GUARDED_BY(mutex) = false;  // by the thread
  // The thread ends after the question it is at.
  bool abandoned ABSL_GUARDED_BY(mutex) = false;
  bool ended ABSL_GUARDED_BY(mutex) = false;

  static void Walk(const std::shared_ptr<Round>& round, const Ask& ask) {
    MutexLock lock(round->mutex);
    round->started = true;
    while (!round->abandoned && round->answers.size() < round->mounts.size()) {
      const MountedFileSystem& mounted = round->mounts[round->answers.size()];
      round->asked_at = SteadyClock::now();
      lock.Unlock();
      auto answer = ask(mounted);
      lock.Lock();
      round->answers.push_back(std::move(answer));
    }
    round->ended = true;
    round->end.NotifyAll();
  }
};

// A mount that was asked and has not answered.
struct MountProbe::Silent {
  MountedFileSystem mounted;
  SteadyClock::time_point since;
  std::shared_ptr<Round> round;
  std::unique_ptr<BlockingWorker> worker;
};

MountProbe::MountProbe(Ask ask, MountPatience patience)
    : ask_(std::move(ask)), patience_(patience) {}

MountProbe::~MountProbe() = default;

void MountProbe::ForgetAnswered() {
  silent_.remove_if([](const Silent& silent) {
    const MutexLock lock(silent.round->mutex);
    return silent.round->ended;
  });
}

const MountProbe::Silent* MountProbe::SilenceOf(const MountedFileSystem& mounted) const {
  const auto found = std::find_if(silent_.begin(), silent_.end(),
                                  [&](const Silent& silent) { return silent.mounted == mounted; });
  return found == silent_.end() ? nullptr : &*found;
}

size_t MountProbe::AskInOrder(const std::shared_ptr<Round>& round, absl::Duration patience) {
  if (worker_ == nullptr) worker_ = std::make_unique<BlockingWorker>("mounts");
  worker_->Post([round, ask = ask_] { Round::Walk(round, ask); });
  const auto one = absl::ToChronoNanoseconds(patience_.one);
  const auto begin = SteadyClock::now();
  const auto end = begin + absl::ToChronoNanoseconds(patience);
  auto until = begin + one;
  const MutexLock lock(round->mutex);
  const auto ended = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(round->mutex) { return round->ended; };
  while (!round->end.AwaitFor(round->mutex,
                              absl::FromChrono(std::min(until, end) - SteadyClock::now()), ended)) {
    const auto now = SteadyClock::now();
    if (now >= end) break;
    // A thread that has not begun waits for a processor, not for a file system.
    until = round->started ? round->asked_at + one : now + one;
    if (until <= now) break;
  }
  round->abandoned = true;
  return round->answers.size();
}

Answers MountProbe::UsagesOf(const std::vector<MountedFileSystem>& mounts) {
  const MutexLock lock(mutex_);
  ForgetAnswered();
  Answers answers(mounts.size(), Error(StatusCode::kUnavailable, "it was not asked in time"));
  std::vector<size_t> left;
  for (size_t i = 0; i < mounts.size(); ++i) {
    if (const Silent* silent = SilenceOf(mounts[i])) {
      answers[i] = Error(StatusCode::kUnavailable, Cat("no answer for ", Since(silent->since)));
    } else {
      left.push_back(i);
    }
  }
  const auto begin = SteadyClock::now();
  while (!left.empty()) {
    const absl::Duration patience = patience_.all - absl::FromChrono(SteadyClock::now() - begin);
    if (patience <= absl::ZeroDuration()) break;
    if (silent_.size() >= kSilentMountsMax) {
      const Status full =
          Error(StatusCode::kResourceExhausted,
                Cat("not asked, because ", silent_.size(), " others do not answer"));
      for (const size_t i : left) answers[i] = full;
      break;
    }
    const auto round = std::make_shared<Round>();
    for (const size_t i : left) round->mounts.push_back(mounts[i]);
    const size_t answered = AskInOrder(round, patience);
    const MutexLock round_lock(round->mutex);
    for (size_t i = 0; i < answered; ++i) answers[left[i]] = round->answers[i];
    left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(answered));
    if (left.empty()) break;
    std::unique_ptr<BlockingWorker> worker = std::move(worker_);
    if (!round->started) break;  // no thread is to be had, or no processor for it
    answers[left.front()] =
        Error(StatusCode::kDeadlineExceeded, Cat("no answer within ", DurationText(patience_.one)));
    silent_.push_back({mounts[left.front()], SteadyClock::now(), round, std::move(worker)});
    left.erase(left.begin());
  }
  return answers;
}

StatusOr<FileSystemUsage> AskMount(const MountedFileSystem& mounted) {
  const FileDescriptor fd(open(mounted.point.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError(errno, Cat("open ", mounted.point));
  GODWIT_ASSIGN_OR_RETURN(const uint64_t id, MountIdOf(fd));
  if (id != mounted.mount_id) {
    return Error(StatusCode::kFailedPrecondition, "its path leads to another mount");
  }
  struct statvfs status {};
  if (fstatvfs(fd.get(), &status) != 0) return ErrnoError(errno, Cat("statvfs ", mounted.point));
  const uint64_t block = status.f_frsize;
  return FileSystemUsage{.total_bytes = block * status.f_blocks,
                         .free_bytes = block * status.f_bfree,
                         .available_bytes = block * status.f_bavail};
}

}  // namespace godwit
