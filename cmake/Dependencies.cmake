# The only place that names third-party packages. All of them come from Debian 12.
# Libraries are named by -l: an executable that adds -static gets the archives, others the shared
# objects. (CMake's gRPC::grpc++ imports shared objects only, so pkg-config is asked instead.)

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# The generator is this machine's, the library another's when it is cross-compiled: what one writes the other must
# understand. (grpc_cpp_plugin does not tell its version; it comes with protoc.)
execute_process(COMMAND ${PROTOC} --version OUTPUT_VARIABLE PROTOC_VERSION
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "^libprotoc " "" PROTOC_VERSION "${PROTOC_VERSION}")
execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --modversion protobuf-lite OUTPUT_VARIABLE PROTOBUF_VERSION
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(FIND "${PROTOBUF_VERSION}." "${PROTOC_VERSION}." at)
if(NOT at EQUAL 0)
  message(FATAL_ERROR "${PROTOC} is of protobuf ${PROTOC_VERSION}, and the library to link with is ${PROTOBUF_VERSION}: "
                      "take both from the same release, or name another with -DPROTOC=…")
endif()

function(godwit_external NAME)
  add_library(${NAME} INTERFACE)
  target_link_libraries(${NAME} INTERFACE ${ARGN})
  add_library(godwit::external::${NAME} ALIAS ${NAME})
endfunction()

function(godwit_pkg_config OUT)
  execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --static --libs ${ARGN}
                  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(flags)
  # One flat string keeps the order and the repetitions that archives need.
  list(JOIN flags " " flags)
  set(${OUT} ${flags} PARENT_SCOPE)
endfunction()

godwit_pkg_config(GRPC_LIBRARIES grpc++)
execute_process(COMMAND ${PKG_CONFIG_EXECUTABLE} --modversion grpc++
                OUTPUT_VARIABLE GRPC_VERSION OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
godwit_pkg_config(ABSL_LIBRARIES absl_status absl_statusor absl_time absl_strings absl_synchronization)

godwit_external(absl ${ABSL_LIBRARIES})
godwit_external(protobuf -lprotobuf-lite Threads::Threads)
godwit_external(grpc ${GRPC_LIBRARIES})
godwit_external(crypto -lcrypto -ldl Threads::Threads)
godwit_external(re2 -lre2)
godwit_external(xxhash -lxxhash)
godwit_external(zstd -lzstd)
godwit_external(sqlite -lsqlite3 -lm -lz -ldl)
# Debian ships libuv's archive as libuv_a.
find_library(UV_LIBRARY NAMES uv_a uv REQUIRED)
godwit_external(uv ${UV_LIBRARY} -ldl -lrt Threads::Threads)
