# 64-bit ARM (ARMv8-A): Raspberry Pi 3, 4, 5 and Zero 2 with a 64-bit system, and most gateways.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(GODWIT_ARCH arm64)
set(GODWIT_TRIPLET aarch64-linux-gnu)
set(GODWIT_EMULATOR qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
