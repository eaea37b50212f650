# What CPack makes of the install rules.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME godwit)
set(CPACK_PACKAGE_VENDOR Godwit)
set(GODWIT_CONTACT "The Godwit authors <godwit@localhost>" CACHE STRING "maintainer of the packages")
set(CPACK_PACKAGE_CONTACT ${GODWIT_CONTACT})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_OUTPUT_FILE_PREFIX ${CMAKE_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_ALL agent collector cli)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
if(GODWIT_ARCH)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${GODWIT_ARCH})
endif()

function(godwit_package COMPONENT NAME SUMMARY DESCRIPTION)
  string(TOUPPER ${COMPONENT} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${NAME} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${SUMMARY}\n${DESCRIPTION}" PARENT_SCOPE)
  file(GLOB control CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/packaging/deb/${NAME}/*)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${control}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_STRICT_PERMISSION ON PARENT_SCOPE)
endfunction()

godwit_package(agent godwit-agent "telemetry agent for small machines on bad links"
  "It samples local sensors, keeps the samples on flash through outages and
power cuts, and uploads them compressed. Nothing listens on the network;
without a collector it samples into its spool.
.
The program is one file, statically linked.")
godwit_package(collector godwit-collector "collector for the uploads of telemetry agents"
  "It stores each record exactly once, finds missing records, answers the
godwit command, and sends commands and configurations to devices. It keeps
everything in its own files.")
godwit_package(cli godwit "queries a Godwit collector and controls devices"
  "It shows the samples of devices, missing samples with the reasons, and the
state of devices, and sends them commands and configurations.")

# The dependencies of a program are known once it is linked, so they are computed when the packages are made.
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/packaging/deb/depends.cmake)
set(CPACK_GODWIT_DEPENDS "${PYTHON};${PROJECT_SOURCE_DIR}/packaging/deb/depends;${CMAKE_READELF}")
set(CPACK_GODWIT_BIN ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
include(CPack)
