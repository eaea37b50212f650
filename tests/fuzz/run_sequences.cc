// run_sequences COUNT [FIRST]: as the fuzz target, with bytes drawn from seeds: without a fuzzer,
// so that a release build runs a million of them. A world takes a few sequences after each other,
// so that a store is not always new. Prints the seed at which something broke.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/fuzz/sequence_world.h"

namespace {

constexpr uint64_t kSequencesPerWorld = 8;
constexpr size_t kBytesMax = 400;
uint64_t g_seed = 0;

void SayWhere(int signal) {
  char text[96];
  const int size = std::snprintf(text, sizeof(text), "run_sequences: broken at seed %llu\n",
                                 static_cast<unsigned long long>(g_seed));
  std::fwrite(text, 1, static_cast<size_t>(size), stderr);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

std::string BytesOf(uint64_t seed) {
  std::mt19937_64 noise(seed);
  std::string bytes(1 + noise() % kBytesMax, '\0');
  for (char& byte : bytes) byte = static_cast<char>(noise());
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  const uint64_t count = std::strtoull(argv[1], nullptr, 10);
  const uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  std::signal(SIGABRT, SayWhere);
  for (uint64_t done = 0; done < count;) {
    // Seeds of one world are consecutive: the first of them makes it again.
    g_seed = first + done;
    godwit::collector::SequenceWorld world(g_seed);
    for (uint64_t i = 0; i < kSequencesPerWorld && done < count; ++i, ++done) {
      world.Run(BytesOf(first + done));
    }
    world.CheckStore();
    if (done % 10'000 == 0) {  // for who ends it early
      std::printf("%llu sequences\n", static_cast<unsigned long long>(done));
      std::fflush(stdout);
    }
  }
  std::printf("%llu sequences from seed %llu: sound\n", static_cast<unsigned long long>(count),
              static_cast<unsigned long long>(first));
  return 0;
}
