#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "base/units.h"
#include "cli/terminal.h"

namespace godwit::cli {
namespace {

constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr size_t kBarWidth = 30;

}  // namespace

Progress::Progress() : shown_(isatty(STDERR_FILENO) != 0), begin_(absl::Now()) {}

Progress::~Progress() {
  if (shown_ && drawn_ != absl::InfinitePast()) std::fputs("\r\x1b[K", stderr);
}

void Progress::Show(double part, uint64_t samples) {
  const absl::Time now = absl::Now();
  if (!shown_ || now - drawn_ < kRedraw) return;
  drawn_ = now;
  const double of_one = std::clamp(part, 0.0, 1.0);
  const auto full = static_cast<size_t>(of_one * static_cast<double>(kBarWidth));
  const std::string bar = std::string(full, '#') + std::string(kBarWidth - full, '.');
  const double seconds = absl::ToDoubleSeconds(now - begin_);
  const absl::Duration left =
      of_one > 0.01 ? absl::Trunc((now - begin_) * ((1 - of_one) / of_one), absl::Seconds(1))
                    : absl::InfiniteDuration();
  std::fprintf(stderr, "\r\x1b[K[%s] %3.0f%%  %llu samples, %.0f/s%s%s", bar.c_str(), of_one * 100,
               static_cast<unsigned long long>(samples), static_cast<double>(samples) / seconds,
               left == absl::InfiniteDuration() ? "" : ", left: ",
               left == absl::InfiniteDuration() ? "" : DurationText(left).c_str());
}

}  // namespace godwit::cli
