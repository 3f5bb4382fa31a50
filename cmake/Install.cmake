# What goes where. `cmake --install BUILD` serves a prefix, cpack (Packaging.cmake) makes the Debian
# package; both use these rules. Included last: it installs only the programs that exist.
include(GNUInstallDirs)

foreach(program slewd slewctl)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

# The units name the program by its full path, which the prefix decides at installation.
string(CONFIGURE [[
  foreach(name slewd.service slewd-owed.service slewd-owed.timer slewd-first-sync.target
               slewd-wait.service)
    file(READ "@PROJECT_SOURCE_DIR@/deploy/systemd/${name}" unit)
    string(REPLACE "/usr/bin/" "${CMAKE_INSTALL_PREFIX}/@CMAKE_INSTALL_BINDIR@/" unit "${unit}")
    string(REPLACE "/usr/share/doc/" "${CMAKE_INSTALL_PREFIX}/@CMAKE_INSTALL_DATADIR@/doc/" unit
           "${unit}")
    set(place "${CMAKE_INSTALL_PREFIX}/lib/systemd/system/${name}")
    message(STATUS "Installing: $ENV{DESTDIR}${place}")
    file(WRITE "$ENV{DESTDIR}${place}" "${unit}")
  endforeach()
]] slewd_install_units @ONLY)
install(CODE "${slewd_install_units}")
install(FILES "${PROJECT_SOURCE_DIR}/deploy/systemd/slewd.sysusers"
  DESTINATION lib/sysusers.d RENAME slewd.conf)
install(FILES "${PROJECT_SOURCE_DIR}/deploy/udev/60-slewd.rules" DESTINATION lib/udev/rules.d)

# /etc, not PREFIX/etc: that is where the daemon and polkit look. A file that an operator owns stays
# as it is.
string(CONFIGURE [[
  function(slewd_install_once source folder)
    cmake_path(GET source FILENAME name)
    if(NOT EXISTS "$ENV{DESTDIR}${folder}/${name}")
      message(STATUS "Installing: $ENV{DESTDIR}${folder}/${name}")
      file(COPY "${source}" DESTINATION "$ENV{DESTDIR}${folder}")
    endif()
  endfunction()
  slewd_install_once("@PROJECT_SOURCE_DIR@/deploy/systemd/slewd.json" /etc/slewd)
  slewd_install_once("@PROJECT_SOURCE_DIR@/deploy/polkit/50-slewd.rules" /etc/polkit-1/rules.d)
]] slewd_install_config @ONLY)
install(CODE "${slewd_install_config}")

install(FILES "${PROJECT_SOURCE_DIR}/deploy/prometheus/slewd.rules.yaml"
              "${PROJECT_SOURCE_DIR}/deploy/grafana/slewd.json"
              "${PROJECT_SOURCE_DIR}/deploy/rules/rules.schema.json"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/slewd")
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/slewd" OPTIONAL)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/slewd" RENAME copyright)
install(FILES "${PROJECT_SOURCE_DIR}/deploy/systemd/observe.conf"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/slewd/examples")
