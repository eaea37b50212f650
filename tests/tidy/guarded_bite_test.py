"""What a mutex guards is touched with it held, or clang refuses it: base/mutex.h with the flags of the build."""

import pathlib
import re
import shutil
import subprocess
import sys

SOURCE = pathlib.Path(sys.argv[1])
SKIPPED = 77

PROGRAM = """
#include "base/mutex.h"
class Counter {
 public:
  void Add() { %s++count_; }
  bool Await() {
    const godwit::MutexLock lock(mutex_);
    return changed_.AwaitFor(mutex_, absl::Seconds(1), [this]() %s { return count_ > 0; });
  }
  void Clear() { %sClearLocked(); }

 private:
  void ClearLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { count_ = 0; }
  godwit::Mutex mutex_;
  godwit::CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};
int main() { Counter().Add(); }
"""
LOCK = "const godwit::MutexLock lock(mutex_); "
REQUIRED = "ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_)"
TWICE = LOCK + LOCK.replace("lock(", "again(")
UNLOCKED = "godwit::MutexLock lock(mutex_); lock.Unlock(); "

# What stands in the three places, and what clang must say; nothing: it compiles.
CASES = [
    ((LOCK, REQUIRED, LOCK), None),
    (("", REQUIRED, LOCK), "writing variable 'count_' requires holding mutex 'mutex_'"),
    ((UNLOCKED, REQUIRED, LOCK), "writing variable 'count_' requires holding mutex 'mutex_'"),
    ((TWICE, REQUIRED, LOCK), "acquiring mutex 'mutex_' that is already held"),
    ((LOCK, "", LOCK), "reading variable 'count_' requires holding mutex 'mutex_'"),
    ((LOCK, REQUIRED, ""), "calling function 'ClearLocked' requires holding mutex 'mutex_'"),
]


def main():
    clang = shutil.which("clang++")
    if clang is None:
        print("skipped: there is no clang++")
        sys.exit(SKIPPED)
    flag = re.search(r"-Wthread-safety\S*", (SOURCE / "cmake/Flags.cmake").read_text())
    assert flag, "cmake/Flags.cmake does not ask clang to check mutexes"
    for parts, expected in CASES:
        result = subprocess.run([clang, "-std=c++20", "-fsyntax-only", "-Werror", flag[0].rstrip(")"),
                                 "-I", SOURCE, "-x", "c++", "-"],
                                input=PROGRAM % parts, capture_output=True, text=True)
        if expected is None:
            assert result.returncode == 0, result.stderr
        else:
            assert result.returncode != 0 and expected in result.stderr, (parts, result.stderr)
    print(f"{len(CASES)} programs: clang refuses each misuse")


main()
