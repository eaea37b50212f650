// compare_decoders COUNT [SEED]: that many random batches, half of them damaged. A sound one must
// come back as it went in, and of any bytes both decoders must make the same.
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "codec/batch_codec.h"
#include "tests/reference/random_batch.h"
#include "tests/reference/reference_decoder.h"

namespace godwit::reference {
namespace {

int Compare(uint64_t count, uint64_t seed) {
  uint64_t accepted = 0;
  uint64_t refused = 0;
  for (uint64_t i = 0; i < count; i += 2) {
    Noise noise(seed * 1'000'000'007 + i);
    const Batch batch = RandomBatch(noise);
    const auto sound = EncodeBatch(batch);
    if (!sound.ok()) {
      std::printf("batch %llu: %s\n", static_cast<unsigned long long>(i),
                  Message(sound.status()).c_str());
      return 1;
    }
    for (const std::string& bytes : {*sound, Damaged(*sound, noise)}) {
      const auto fast = godwit::DecodeBatch(bytes);
      const auto slow = reference::DecodeBatch(bytes);
      const bool same = fast.ok() == slow.has_value() && (!fast.ok() || *fast == *slow);
      if (!same) {
        std::printf("batch %llu of seed %llu: the decoders differ (%s)\n",
                    static_cast<unsigned long long>(i), static_cast<unsigned long long>(seed),
                    fast.ok() ? "accepted" : Message(fast.status()).c_str());
        return 1;
      }
      ++(fast.ok() ? accepted : refused);
    }
    if (const auto back = godwit::DecodeBatch(*sound); !back.ok() || !(*back == batch)) {
      std::printf("batch %llu does not come back\n", static_cast<unsigned long long>(i));
      return 1;
    }
  }
  std::printf("%llu batches the same in both decoders, %llu refused by both\n",
              static_cast<unsigned long long>(accepted), static_cast<unsigned long long>(refused));
  return 0;
}

}  // namespace
}  // namespace godwit::reference

int main(int argc, char** argv) {
  if (argc < 2) return 64;
  return godwit::reference::Compare(std::strtoull(argv[1], nullptr, 10),
                                    argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
}
