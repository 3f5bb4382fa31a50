# SPDX-License-Identifier: Apache-2.0
# The Debian package: `cpack -G DEB` in a build folder of the release preset. What it holds is
# Install.cmake's business. Include after it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME slewd)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "The slewd developers <slewd@example.net>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "NTP client that slews, detects clock jumps and repairs services")
# cpack puts the space before each line, and the dot on an empty one.
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"slewd is an NTP client that slews and does not step. It notices every jump
of the clock, whoever made it, exports Prometheus metrics, and repairs the
services that a jump has hurt by rules.

It stops no other time daemon: beside chrony, ntp or systemd-timesyncd it
only observes.")
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "https://git.example.net/slewd")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${SLEWD_DEBIAN_ARCHITECTURE}")
endif()
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# passwd has useradd, for a machine without systemd-sysusers.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.52), passwd")
# For rules that act on units.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "polkitd, dbus-system-bus")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/deploy/debian/postinst" "${PROJECT_SOURCE_DIR}/deploy/debian/prerm"
  "${PROJECT_SOURCE_DIR}/deploy/debian/postrm" "${PROJECT_SOURCE_DIR}/deploy/debian/conffiles")
# DESTDIR, because the configuration goes to /etc and not below the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_SLEWD_STRIP "${CMAKE_STRIP}")
# The same source gives the same bytes: every time in the package is that of the source.
set(slewd_epoch "${SLEWD_BUILD_DATE}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/PackageDate.cmake.in" PackageDate.cmake @ONLY)
set(CPACK_PROJECT_CONFIG_FILE "${PROJECT_BINARY_DIR}/PackageDate.cmake")
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/PackageFiles.cmake")
set(CPACK_SLEWD_CHANGELOG "${PROJECT_SOURCE_DIR}/deploy/debian/changelog")
set(CPACK_SLEWD_OVERRIDES "${PROJECT_SOURCE_DIR}/deploy/debian/lintian-overrides")
include(CPack)
