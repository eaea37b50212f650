# 32-bit ARM as Debian's armhf has it: ARMv7-A with VFPv3. The first Raspberry Pi and the Zero (W) are
# ARMv6: what is built here ends there with an illegal instruction.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(GODWIT_ARCH armhf)
set(GODWIT_TRIPLET arm-linux-gnueabihf)
set(GODWIT_EMULATOR qemu-arm)
# Its notes on a calling convention that changed in GCC 7 are of no use to code built as a whole.
set(CMAKE_CXX_FLAGS_INIT -Wno-psabi)
include(${CMAKE_CURRENT_LIST_DIR}/cross.cmake)
