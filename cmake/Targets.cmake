# godwit_library(NAME SOURCES ... DEPS ...)   one static library a folder, sources by name
# godwit_binary(NAME SOURCES ... DEPS ...)    an executable in build/<preset>/bin
# godwit_program(NAME SOURCES ... DEPS ...)   one of those that are shipped
# godwit_test(NAME SOURCES ... DEPS ... LABEL ... [THREADS] [OPTIMIZED])   a GoogleTest executable
#   THREADS: it has threads of its own, so the thread sanitizer runs it
#   OPTIMIZED: its own sources compute for seconds, so they are optimized as the libraries are

# Seconds: the longest simulation takes 90 on two quiet cores, and machines are not quiet. An emulator of
# another processor is some ten times slower than this one.
set(GODWIT_TEST_TIMEOUT 360)
if(CMAKE_CROSSCOMPILING)
  set(GODWIT_TEST_TIMEOUT 1200)
endif()

function(godwit_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} PRIVATE godwit_flags)
  target_link_libraries(${NAME} INTERFACE godwit_flags)
endfunction()

function(godwit_binary NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} godwit_flags)
endfunction()

# One that is shipped: what of which archive is in it is told in build/<preset>/NAME.map.
function(godwit_program NAME)
  godwit_binary(${NAME} ${ARGN})
  target_link_options(${NAME} PRIVATE -Wl,-Map=${CMAKE_BINARY_DIR}/${NAME}.map)
endfunction()

function(godwit_test NAME)
  cmake_parse_arguments(ARG "THREADS;OPTIMIZED" "LABEL" "SOURCES;DEPS" ${ARGN})
  # The thread sanitizer has nothing to see in a test without threads.
  if(GODWIT_SANITIZE STREQUAL "thread" AND NOT ARG_THREADS)
    return()
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} godwit_flags GTest::gmock GTest::gtest_main)
  # Test sources are two thirds of what is compiled, and each runs for milliseconds: without
  # optimization they compile in half the time (docs/build-time.md). An emulator needs it.
  if(NOT ARG_OPTIMIZED AND NOT CMAKE_CROSSCOMPILING)
    target_compile_options(${NAME} PRIVATE -O0)
  endif()
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(${NAME} DISCOVERY_TIMEOUT ${GODWIT_TEST_TIMEOUT}
                       PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${GODWIT_TEST_TIMEOUT})
endfunction()
