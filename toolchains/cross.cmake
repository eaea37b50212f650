# What the toolchain files of all architectures share. Before including it a file sets
#
#   GODWIT_ARCH      as Debian calls it: arm64
#   GODWIT_TRIPLET   of compiler and libraries: aarch64-linux-gnu
#   GODWIT_EMULATOR  that runs its programs here: qemu-aarch64
#
# From outside (-D, or a preset) one may set
#
#   GODWIT_SYSROOT   where its headers and libraries are: build/sysroot-ARCH, made by toolchains/sysroot; of
#                    a Yocto SDK ${SDKTARGETSYSROOT}, of Buildroot output/staging
#   GODWIT_CROSS     in front of the compiler's names: TRIPLET-; of Buildroot output/host/bin/TRIPLET-

set(CMAKE_SYSTEM_NAME Linux)
# A check of the compiler is a project of its own, and knows only what is passed on.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GODWIT_SYSROOT GODWIT_CROSS)

if(NOT GODWIT_CROSS)
  set(GODWIT_CROSS ${GODWIT_TRIPLET}-)
endif()
set(CMAKE_C_COMPILER ${GODWIT_CROSS}gcc)
set(CMAKE_CXX_COMPILER ${GODWIT_CROSS}g++)
set(CMAKE_LIBRARY_ARCHITECTURE ${GODWIT_TRIPLET})

if(NOT GODWIT_SYSROOT)
  set(GODWIT_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot-${GODWIT_ARCH})
endif()
get_filename_component(GODWIT_SYSROOT ${GODWIT_SYSROOT} ABSOLUTE)
if(NOT EXISTS ${GODWIT_SYSROOT}/usr/include)
  message(FATAL_ERROR "no sysroot at ${GODWIT_SYSROOT}: make one with toolchains/sysroot "
                      "${GODWIT_ARCH}, or name another with -DGODWIT_SYSROOT=…")
endif()
set(CMAKE_SYSROOT ${GODWIT_SYSROOT})
set(CMAKE_FIND_ROOT_PATH ${GODWIT_SYSROOT})
# Programs that build are this machine's; what is linked is the other's.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(ENV{PKG_CONFIG_SYSROOT_DIR} ${GODWIT_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR}
    ${GODWIT_SYSROOT}/usr/lib/${GODWIT_TRIPLET}/pkgconfig:${GODWIT_SYSROOT}/usr/lib/pkgconfig:${GODWIT_SYSROOT}/usr/share/pkgconfig)

find_program(GODWIT_EMULATOR_PROGRAM NAMES ${GODWIT_EMULATOR} ${GODWIT_EMULATOR}-static)
if(GODWIT_EMULATOR_PROGRAM)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${GODWIT_EMULATOR_PROGRAM} -L ${GODWIT_SYSROOT})
endif()
