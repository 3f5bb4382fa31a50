# SPDX-License-Identifier: Apache-2.0
# Writes the shipped rule files into one C++ source: cmake -DOUTPUT=... -DFILES=a.json;b.json -P.
# The same files give the same bytes, and the program reads nothing at run time.
set(text "// Generated from rules/builtin by rules/embed.cmake.\n")
string(APPEND text "#include \"rules/files/catalogue.hpp\"\n\nnamespace slewd::rules {\n\n")
string(APPEND text "std::vector<std::pair<std::string, std::string_view>> builtin_rule_files() {\n")
string(APPEND text "  return {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  file(READ "${file}" content)
  string(APPEND text "      {\"builtin/${name}\", R\"embedded(${content})embedded\"},\n")
endforeach()
string(APPEND text "  };\n}\n\n}  // namespace slewd::rules\n")
file(WRITE "${OUTPUT}" "${text}")
