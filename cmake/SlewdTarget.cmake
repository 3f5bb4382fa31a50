# SPDX-License-Identifier: Apache-2.0
# One flags target and three helpers, so that a folder's CMakeLists.txt is a list of files and arrows.
include(CheckCXXCompilerFlag)

add_library(slewd_flags INTERFACE)
target_include_directories(slewd_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(slewd_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wdouble-promotion -Wformat=2
  -Wimplicit-fallthrough -Wundef -Wcast-align
  -fstack-protector-strong
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
# What the processor and the compiler have of it: probes of the stack's pages, and marks where an
# indirect jump may land (CET, or BTI and PAC on arm64).
foreach(flag -fstack-clash-protection -fcf-protection -mbranch-protection=standard)
  string(MAKE_C_IDENTIFIER "SLEWD_HAS${flag}" known)
  check_cxx_compiler_flag("-Werror ${flag}" ${known})
  if(${known})
    target_compile_options(slewd_flags INTERFACE ${flag})
  endif()
endforeach()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(slewd_flags INTERFACE
    -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
endif()
if(SLEWD_WERROR)
  target_compile_options(slewd_flags INTERFACE -Werror)
endif()
target_compile_definitions(slewd_flags INTERFACE _GLIBCXX_ASSERTIONS)
# _FORTIFY_SOURCE needs the optimiser, and sanitizers replace the functions that it wraps.
if(NOT SLEWD_SANITIZE AND NOT SLEWD_FUZZ)
  target_compile_definitions(slewd_flags INTERFACE
    $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
target_link_options(slewd_flags INTERFACE
  -Wl,-z,relro,-z,now "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=.")
if(SLEWD_SANITIZE)
  target_compile_options(slewd_flags INTERFACE
    -fsanitize=${SLEWD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(slewd_flags INTERFACE -fsanitize=${SLEWD_SANITIZE})
  # The instrumented code misleads g++'s flow analysis, even within the standard library's headers.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(slewd_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(SLEWD_FUZZ)
  target_compile_options(slewd_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# slewd_library(NAME SOURCES ... PUBLIC ... PRIVATE ... [DETERMINISTIC] [NO_EXCEPTIONS])
# PUBLIC are libraries whose types appear in our headers; PRIVATE stay inside the .cpp files.
# DETERMINISTIC forbids fused multiply-add, which would make a trace differ between compilers. It is
# for what the simulator runs through virtual months: SLEWD_FAST_SIMULATOR optimises that alone.
function(slewd_library name)
  cmake_parse_arguments(ARG "DETERMINISTIC;NO_EXCEPTIONS" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(slewd_${name} STATIC ${ARG_SOURCES})
  add_library(slewd::${name} ALIAS slewd_${name})
  target_link_libraries(slewd_${name}
    PUBLIC ${ARG_PUBLIC} $<BUILD_INTERFACE:slewd_flags> PRIVATE ${ARG_PRIVATE})
  if(ARG_DETERMINISTIC)
    target_compile_options(slewd_${name} PRIVATE
      -ffp-contract=off $<$<BOOL:${SLEWD_FAST_SIMULATOR}>:-O2>)
  endif()
  if(ARG_NO_EXCEPTIONS)
    target_compile_options(slewd_${name} PRIVATE -fno-exceptions)
  endif()
  slewd_unity(slewd_${name})
endfunction()

# slewd_unity(TARGET): with SLEWD_UNITY a target's files are one translation unit, or a few. They parse
# the same headers and instantiate the same templates, which is most of what a build costs. So names
# in unnamed namespaces must differ within a library, and within the tests of a library.
function(slewd_unity target)
  set_target_properties(${target} PROPERTIES
    UNITY_BUILD ${SLEWD_UNITY} UNITY_BUILD_BATCH_SIZE ${SLEWD_UNITY_BATCH})
  # A .cpp that is included looks like a header to this warning; the preset `plain` has it.
  if(SLEWD_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
  endif()
endfunction()

# slewd_program(NAME SOURCES ... LIBS ...): position independent, found in build/<preset>/bin.
function(slewd_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} slewd_flags)
  target_link_options(${name} PRIVATE -pie)
  slewd_unity(${name})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
endfunction()

# slewd_test(NAME SOURCES ... LIBS ... [LABELS ...] [TIMEOUT s] [RESOURCE name] [COST s]): a GoogleTest
# program, one ctest entry for each test; of those of one RESOURCE one runs at a time. Tests of a
# higher COST, which is about the seconds of the longest, are started earlier: a long test that starts
# last leaves the other processors idle. Tests of what runs in more than one thread have the label
# "threads" and are built by the target threaded_tests.
# Every run drops CAP_SYS_TIME from the bounding set: a faulty test must not be able to move the
# clock of the machine that it runs on.
function(slewd_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;RESOURCE;COST" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(guard "${PROJECT_SOURCE_DIR}/tests/without_time_capability" ${CMAKE_CROSSCOMPILING_EMULATOR})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} GTest::gmock GTest::gtest_main slewd_flags)
  target_compile_options(${name} PRIVATE -ffp-contract=off)
  slewd_unity(${name})
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests"
    CROSSCOMPILING_EMULATOR "${guard}")
  if(threads IN_LIST ARG_LABELS)
    if(NOT TARGET threaded_tests)
      add_custom_target(threaded_tests)
    endif()
    add_dependencies(threaded_tests ${name})
  endif()
  set(properties TIMEOUT ${ARG_TIMEOUT})
  if(ARG_COST)  # without it ctest goes by what the last run took
    list(APPEND properties COST ${ARG_COST})
  endif()
  if(ARG_LABELS)
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  if(ARG_RESOURCE)
    list(APPEND properties RESOURCE_LOCK "${ARG_RESOURCE}")
  endif()
  # tests/targets_of reads it: which program holds the tests of which source.
  file(APPEND "${PROJECT_BINARY_DIR}/test_programs.txt" "${name};${CMAKE_CURRENT_SOURCE_DIR};${ARG_SOURCES}\n")
  include(GoogleTest)
  gtest_discover_tests(${name} NO_PRETTY_VALUES DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES ${properties})
endfunction()

# slewd_fuzzer(NAME SOURCES ... LIBS ...): a libFuzzer target, built under the fuzz preset only.
function(slewd_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  if(NOT SLEWD_FUZZ)
    return()
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LIBS} slewd_flags)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/fuzz")
endfunction()
