# SPDX-License-Identifier: Apache-2.0
# ccache makes the second preset cheap; a machine without it builds all the same.
find_program(SLEWD_CCACHE ccache)
if(SLEWD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${SLEWD_CCACHE}")
endif()
