# SPDX-License-Identifier: Apache-2.0
# For arm64 on another Debian machine: its cross compiler, and arm64's libraries beside those of the machine
# (dpkg --add-architecture arm64; ./dev cross installs them). Test programs run under qemu-user.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_STRIP aarch64-linux-gnu-strip)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# Headers without code are of no architecture and lie where the machine's do.
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
set(SLEWD_DEBIAN_ARCHITECTURE arm64)
