# Read by cpack: the packages that each program's shared objects are in.
foreach(pair agent:godwit-agent collector:godwit-collector cli:godwit)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 program)
  execute_process(COMMAND ${CPACK_GODWIT_DEPENDS} ${CPACK_GODWIT_BIN}/${program}
                  OUTPUT_VARIABLE depends OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
  if(NOT component STREQUAL cli)
    # For the service's user.
    list(APPEND depends adduser)
    list(JOIN depends ", " depends)
  endif()
  string(TOUPPER ${component} component)
  set(CPACK_DEBIAN_${component}_PACKAGE_DEPENDS "${depends}")
endforeach()
