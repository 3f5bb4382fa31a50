# SPDX-License-Identifier: Apache-2.0
# Writes the shipped scenarios into one C++ source: cmake -DOUTPUT=... -DFILES=a.json;b.json -P.
# The same files give the same bytes, and the program reads nothing at run time.
set(text "// Generated from sim/scenario/builtin by sim/scenario/embed.cmake.\n")
string(APPEND text "#include \"sim/scenario/builtin_scenarios.hpp\"\n\nnamespace slewd::sim {\n\n")
string(APPEND text "std::vector<BuiltinScenario> builtin_scenarios() {\n  return {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" content)
  string(APPEND text "      {\"${name}\", R\"embedded(${content})embedded\"},\n")
endforeach()
string(APPEND text "  };\n}\n\n}  // namespace slewd::sim\n")
file(WRITE "${OUTPUT}" "${text}")
