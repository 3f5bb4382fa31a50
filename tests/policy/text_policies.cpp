// SPDX-License-Identifier: Apache-2.0
// What no text of the tree may contain, be it code, script or page. Words that a policy forbids are
// written in halves here ("TO" "DO"), since this file is read like every other.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/policy/policies.hpp"

namespace slewd::policy {
namespace {

constexpr std::size_t kMaxLines = 800;

std::vector<Finding> check_leftovers(const SourceFile& file) {
  static constexpr std::array<std::string_view, 7> kWords{
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X",
      "HA"
      "CK",
      "for "
      "now.",
      "for "
      "now,",
      "for "
      "now;"};
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const std::string_view word : kWords) {
      if (has_word(file.lines[i], word)) {
        findings.push_back({static_cast<int>(i) + 1, "says '" + std::string(word) + "'"});
      }
    }
  }
  return findings;
}

// "/name/" at the beginning of a path, not in the middle of a longer one.
bool names_root_folder(std::string_view line, std::string_view folder) {
  for (std::size_t at = line.find(folder); at != std::string_view::npos;
       at = line.find(folder, at + 1)) {
    static constexpr std::string_view kBefore = " \t\"'`=:,;(<>[{|&";
    if (at == 0 || kBefore.find(line[at - 1]) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

std::vector<Finding> check_workplaces(const SourceFile& file) {
  static constexpr std::array<std::string_view, 4> kFolders{
      "/wo"
      "rk/",
      "/ro"
      "ot/",
      "/ho"
      "me/",
      "/tmp/"
      "h/"};
  static constexpr std::array<std::string_view, 3> kHosts{
      "pkg"
      ".dev",
      "artifact"
      "registry",
      "metadata."
      "google"};
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const std::string_view folder : kFolders) {
      if (names_root_folder(file.lines[i], folder)) {
        findings.push_back({static_cast<int>(i) + 1, "names " + std::string(folder)});
      }
    }
    for (const std::string_view host : kHosts) {
      if (file.lines[i].find(host) != std::string::npos) {
        findings.push_back({static_cast<int>(i) + 1, "names " + std::string(host)});
      }
    }
  }
  return findings;
}

std::vector<Finding> check_length(const SourceFile& file) {
  const bool counted = is_cpp(file) || is_cmake(file) || file.path.ends_with(".py") ||
                       file.path.find('.') == std::string::npos;
  if (!counted || file.lines.size() <= kMaxLines) {
    return {};
  }
  return {{static_cast<int>(kMaxLines) + 1, "has " + std::to_string(file.lines.size()) + " lines"}};
}

// In the first two lines: a program begins with the name of its interpreter.
std::vector<Finding> check_licence(const SourceFile& file) {
  if (!is_cpp(file) && !is_cmake(file) && !file.path.ends_with(".py")) return {};
  for (std::size_t i = 0; i < std::min<std::size_t>(2, file.lines.size()); ++i)
    if (file.lines[i].find("SPDX-License-Identifier: Apache-2.0") != std::string::npos) return {};
  return {{1, "names no licence"}};
}

// slewd_test() adds the guard by itself; whoever calls add_test() has to write it.
std::vector<Finding> check_guarded_tests(const SourceFile& file) {
  std::vector<Finding> findings;
  if (!is_cmake(file)) {
    return findings;
  }
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::size_t begin = file.lines[i].find("add_test(");
    if (begin == std::string::npos || file.lines[i].find('#') < begin) {
      continue;
    }
    std::string call;
    for (std::size_t j = i; j < file.lines.size() && call.find(')') == std::string::npos; ++j) {
      call += file.lines[j];
    }
    if (call.find("without_time_capability") == std::string::npos) {
      findings.push_back({static_cast<int>(i) + 1, "adds a test that may set the clock"});
    }
  }
  return findings;
}

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "int a;\n";
  }
  return text;
}

}  // namespace

std::vector<Policy> text_policies() {
  return {
      {.name = "no_leftovers",
       .right = "finish it, or put what is missing into docs/limitations.md",
       .check = &check_leftovers,
       .bad = {{"base/a.cpp",
                "// TO"
                "DO: later\n"},
               {"dev",
                "# FIX"
                "ME\n"},
               {"docs/a.md",
                "XX"
                "X\n"},
               {"base/a.cpp",
                "int a;  // HA"
                "CK\n"},
               {"docs/a.md",
                "this must do for "
                "now.\n"}},
       .good = {{"tests/a.sh",
                 "mktemp -d name.XXXX"
                 "XX\n"},
                {"docs/a.md", "forever, nowhere\n"}}},
      {.name = "no_traces_of_a_workplace",
       .right = "use paths from the repository root, a temporary folder, or an example.org name",
       .check = &check_workplaces,
       .bad = {{"docs/a.md",
                "see /wo"
                "rk/main\n"},
               {"dev",
                "cache=/ro"
                "ot/.cache\n"},
               {"dev",
                "cd \"/ho"
                "me/jo/slewd\"\n"},
               {"Dockerfile",
                "https://europe.pkg"
                ".dev/x\n"}},
       .good = {{"docs/a.md",
                 "http://example.org/wo"
                 "rk/main, build/wo"
                 "rk/\n"}}},
      {.name = "files_stay_small",
       .right = "at most 800 lines: one concept, one class to a file",
       .check = &check_length,
       .bad = {{"base/a.cpp", lines(kMaxLines + 1)}, {"dev", lines(kMaxLines + 1)}},
       .good = {{"base/a.cpp", lines(kMaxLines)}, {"docs/a.md", lines(kMaxLines + 1)}}},
      {.name = "names_its_licence",
       .right = "begin with // SPDX-License-Identifier: Apache-2.0",
       .check = &check_licence,
       .bad = {{"base/a.cpp", "// What it is for.\n"}, {"a.py", "import os\n"}},
       .good = {{"base/a.cpp", "// SPDX-License-Identifier: Apache-2.0\n// What it is for.\n"},
                {"a.py", "#!/usr/bin/env python3\n# SPDX-License-Identifier: Apache-2.0\n"},
                {"docs/a.md", "# A page\n"}}},
      {.name = "tests_cannot_set_the_clock",
       .right = "use slewd_test(), or start the command by tests/without_time_capability",
       .check = &check_guarded_tests,
       .bad = {{"tests/CMakeLists.txt", "add_test(NAME a\n  COMMAND slewd --version)\n"}},
       .good = {{"tests/CMakeLists.txt",
                 "add_test(NAME a COMMAND tests/without_time_capability slewd)\n"},
                {"tests/CMakeLists.txt", "# add_test(NAME a COMMAND slewd)\n"}}},
  };
}

}  // namespace slewd::policy
