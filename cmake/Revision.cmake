# SPDX-License-Identifier: Apache-2.0
# Which source this is, for the programs and the package: SLEWD_REVISION, and SLEWD_BUILD_DATE in seconds
# since 1970. Neither says when it was built, so that a second build gives the same bytes.
find_package(Git QUIET)
# A source tree without git (an image build) is told its revision from outside.
if(GIT_FOUND AND NOT SLEWD_REVISION)
  execute_process(COMMAND "${GIT_EXECUTABLE}" rev-parse --short=12 HEAD
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE SLEWD_GIT_REVISION
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(SLEWD_GIT_REVISION)
    set(SLEWD_REVISION "${SLEWD_GIT_REVISION}")
  endif()
endif()
if(NOT SLEWD_REVISION)
  set(SLEWD_REVISION "unknown")
endif()

# SOURCE_DATE_EPOCH outranks the time of the commit; without git it is that of the package's changelog.
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  set(SLEWD_BUILD_DATE "$ENV{SOURCE_DATE_EPOCH}")
elseif(GIT_FOUND)
  execute_process(COMMAND "${GIT_EXECUTABLE}" log -1 --format=%ct
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE SLEWD_BUILD_DATE
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT SLEWD_BUILD_DATE MATCHES "^[0-9]+$")
  file(STRINGS "${PROJECT_SOURCE_DIR}/deploy/debian/changelog" SLEWD_CHANGED REGEX "^ -- .*>  " LIMIT_COUNT 1)
  string(REGEX REPLACE "^ -- .*>  " "" SLEWD_CHANGED "${SLEWD_CHANGED}")
  execute_process(COMMAND date -u -d "${SLEWD_CHANGED}" +%s OUTPUT_VARIABLE SLEWD_BUILD_DATE
    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT SLEWD_BUILD_DATE MATCHES "^[0-9]+$")
  message(FATAL_ERROR "the date of this source is not known: set SOURCE_DATE_EPOCH to seconds since 1970")
endif()
