# SPDX-License-Identifier: Apache-2.0
# What goes where. `cmake --install BUILD` serves a prefix, cpack (Packaging.cmake) makes the Debian
# package; both use these rules. Included last: it installs only the programs that exist.
include(GNUInstallDirs)
set(slewd_docs "${CMAKE_INSTALL_DATADIR}/doc/slewd")

# Modes are those of the files' purpose, whatever umask the checkout or the caller had.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

foreach(program slewd slewctl slewd-lab)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

# The units name the program by its full path, which the prefix decides at installation.
string(CONFIGURE [[
  foreach(name slewd.service slewd-resume-services.service slewd-resume-services.timer slewd-first-sync.target
               slewd-wait.service)
    file(READ "@PROJECT_SOURCE_DIR@/deploy/systemd/${name}" unit)
    string(REPLACE "/usr/bin/" "${CMAKE_INSTALL_PREFIX}/@CMAKE_INSTALL_BINDIR@/" unit "${unit}")
    string(REPLACE "/usr/share/doc/" "${CMAKE_INSTALL_PREFIX}/@CMAKE_INSTALL_DATADIR@/doc/" unit
           "${unit}")
    file(WRITE "@PROJECT_BINARY_DIR@/units/${name}" "${unit}")
    file(INSTALL "@PROJECT_BINARY_DIR@/units/${name}" TYPE FILE
         DESTINATION "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
  endforeach()
]] slewd_install_units @ONLY)
install(CODE "${slewd_install_units}")
install(FILES "${PROJECT_SOURCE_DIR}/deploy/systemd/slewd.sysusers"
  DESTINATION lib/sysusers.d RENAME slewd.conf)
install(FILES "${PROJECT_SOURCE_DIR}/deploy/udev/60-slewd.rules" DESTINATION lib/udev/rules.d)

# What DHCP clients call; dhclient's hook comes below /etc.
install(PROGRAMS "${PROJECT_SOURCE_DIR}/deploy/dhcp/dhcp-servers" DESTINATION lib/slewd)
install(PROGRAMS "${PROJECT_SOURCE_DIR}/deploy/dhcp/networkmanager-dispatcher"
  DESTINATION lib/NetworkManager/dispatcher.d RENAME 20-slewd)

# /etc, not PREFIX/etc: that is where the daemon and polkit look. A file that an operator owns stays
# as it is.
string(CONFIGURE [[
  function(slewd_install_once source folder)
    cmake_path(GET source FILENAME name)
    if(NOT EXISTS "$ENV{DESTDIR}${folder}/${name}")
      file(INSTALL "${source}" TYPE FILE DESTINATION "${folder}")
    endif()
  endfunction()
  slewd_install_once("@PROJECT_SOURCE_DIR@/deploy/systemd/slewd.json" /etc/slewd)
  slewd_install_once("@PROJECT_SOURCE_DIR@/deploy/polkit/50-slewd.rules" /etc/polkit-1/rules.d)
  slewd_install_once("@PROJECT_SOURCE_DIR@/deploy/dhcp/slewd" /etc/dhcp/dhclient-exit-hooks.d)
]] slewd_install_config @ONLY)
install(CODE "${slewd_install_config}")

file(GLOB slewd_dashboards CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/deploy/grafana/slewd*.json")
install(FILES "${PROJECT_SOURCE_DIR}/deploy/prometheus/slewd.rules.yaml" ${slewd_dashboards}
              "${PROJECT_SOURCE_DIR}/deploy/rules/rules.schema.json"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/slewd")
foreach(section 1 5 8)
  file(GLOB slewd_pages CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/deploy/man/*.${section}")
  install(FILES ${slewd_pages} DESTINATION "${CMAKE_INSTALL_MANDIR}/man${section}")
endforeach()

# These pages and docs/ lie to each other as in the source, so that their links hold.
foreach(page README.md CHANGELOG.md CONTRIBUTING.md ROADMAP.md SECURITY.md LICENSE)
  install(FILES "${PROJECT_SOURCE_DIR}/${page}" DESTINATION "${slewd_docs}")
endforeach()
install(DIRECTORY "${PROJECT_SOURCE_DIR}/docs" DESTINATION "${slewd_docs}")
install(FILES "${PROJECT_SOURCE_DIR}/deploy/debian/copyright" DESTINATION "${slewd_docs}")
install(FILES "${PROJECT_SOURCE_DIR}/deploy/systemd/observe.conf"
              "${PROJECT_SOURCE_DIR}/deploy/systemd/clockbound.conf" DESTINATION "${slewd_docs}/examples")
install(FILES "${PROJECT_SOURCE_DIR}/agent/clockbound/include/slewd/now.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/slewd")
file(GLOB slewd_shipped_rules CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/rules/builtin/*.json")
install(FILES ${slewd_shipped_rules} DESTINATION "${slewd_docs}/examples/rules")
