# SPDX-License-Identifier: Apache-2.0
# Every third-party library, as Debian 12 and 13 name it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
# toml++: its headers alone; Debian's shared object was built with exceptions.
find_path(SLEWD_TOMLPLUSPLUS toml++/toml.h REQUIRED)
# prometheus-cpp's own CMake package insists on civetweb, zlib and curl; pkg-config gives the core alone.
pkg_check_modules(prometheus_core REQUIRED IMPORTED_TARGET prometheus-cpp-core>=1.0.1)
# Debian splits httplib into header and shared object: the ABI-changing macros come from pkg-config.
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib>=0.11.4)
# Older RE2 has no CMake package; the pkg-config file of newer ones brings abseil with it.
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
# Units by sd-bus, log lines by sd-journal.
pkg_check_modules(libsystemd REQUIRED IMPORTED_TARGET libsystemd>=252)
# Optional: without it slewd has no filter of system calls of its own.
pkg_check_modules(libseccomp IMPORTED_TARGET libseccomp>=2.5)
if(SLEWD_TESTS)
  find_package(GTest 1.12 REQUIRED)
endif()
if(SLEWD_BENCH)
  find_package(benchmark REQUIRED)
endif()
