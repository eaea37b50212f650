# Compiler and linker flags of everything in the tree.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(GODWIT_STATIC_AGENT "link godwit-agent fully static" OFF)
set(GODWIT_SANITIZE "" CACHE STRING "value of -fsanitize=, empty for none")

# -O1 in Debug: zstd and protobuf inlines are unbearable without, and stack traces stay readable.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
# What is shipped carries no symbols (a third of the file), and nothing that is never called.
set(CMAKE_EXE_LINKER_FLAGS_RELEASE "-s -Wl,--gc-sections")

file(RELATIVE_PATH way_to_source ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
add_library(godwit_flags INTERFACE)
target_include_directories(godwit_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(godwit_flags INTERFACE
  -Wall -Wextra -Werror -Wnon-virtual-dtor -Wsuggest-override -Wold-style-cast -Wshadow
  # Designated initializers leave the defaults of a struct to the struct.
  -Wno-missing-field-initializers
  -fstack-protector-strong -fno-strict-aliasing
  -ffunction-sections -fdata-sections
  # The same bytes wherever the tree lies, and whenever it is built.
  -ffile-prefix-map=${PROJECT_BINARY_DIR}=build -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.
  # ccache may name a source by its way from the build folder.
  -ffile-prefix-map=${way_to_source}=./ -Wdate-time)
# Lite messages everywhere: lite and full code of one proto cannot share a binary.
target_compile_definitions(godwit_flags INTERFACE
  GRPC_USE_PROTO_LITE=1 GODWIT_VERSION="${PROJECT_VERSION}"
  $<$<CONFIG:Debug>:GODWIT_THREAD_CHECKS=1>)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees uninitialised bytes in every std::variant that holds a string (a known false alarm).
  target_compile_options(godwit_flags INTERFACE -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # clang 14 reads old-style casts in gRPC's macros as ours.
  target_compile_options(godwit_flags INTERFACE -Wno-old-style-cast)
  # Only clang checks which mutex guards what (base/mutex.h).
  target_compile_options(godwit_flags INTERFACE -Wthread-safety)
endif()

# Where pointers have 32 bits: files and inodes beyond that, and time beyond 2038.
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  target_compile_definitions(godwit_flags INTERFACE _FILE_OFFSET_BITS=64 _TIME_BITS=64)
endif()

if(CMAKE_CROSSCOMPILING)
  target_compile_definitions(godwit_flags INTERFACE GODWIT_EMULATED=1)
endif()

option(GODWIT_FUZZ "count what every branch does, for the fuzzer" OFF)
if(GODWIT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(GODWIT_SANITIZE)
  add_compile_options(-fsanitize=${GODWIT_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GODWIT_SANITIZE} -fuse-ld=lld)
endif()
