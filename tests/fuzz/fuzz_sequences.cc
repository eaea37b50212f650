// Calls of strangers, in any order and with any content, to a collector with a real store.
#include <cstdint>
#include <string_view>

#include "tests/fuzz/sequence_world.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  godwit::collector::SequenceWorld world(1);
  world.Run(std::string_view(reinterpret_cast<const char*>(bytes), size));
  world.CheckStore();
  return 0;
}
