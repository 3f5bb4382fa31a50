// Who may include and link whom: the arrow picture of docs/architecture.md as data.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/policy/policies.hpp"

namespace slewd::policy {
namespace {

struct Library {
  std::string_view name;  // of its CMake target slewd::<name>
  std::string_view folder;
  std::vector<std::string_view> sees;  // beside itself
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all{
      {"base", "base/", {}},
      {"core", "agent/core/", {"base"}},
      {"crypto", "agent/crypto/", {"base", "core"}},
      {"linux", "agent/linux/", {"base", "core"}},
      {"sim", "sim/", {"base", "core"}},
      {"rules", "rules/", {"base"}},
      {"remedy", "agent/remedy/", {"base", "rules"}},
      {"exporter", "exporter/", {"base", "core", "rules", "web"}},
      {"web", "web/", {"base"}},
      {"app",
       "agent/app/",
       {"base", "core", "crypto", "linux", "sim", "rules", "remedy", "exporter", "web"}},
  };
  return all;
}

const Library* library_at(std::string_view path) {
  for (const Library& library : libraries()) {
    if (path.starts_with(library.folder)) {
      return &library;
    }
  }
  return nullptr;
}

bool may_see(const Library& from, std::string_view to) {
  return from.name == to || std::find(from.sees.begin(), from.sees.end(), to) != from.sees.end();
}

bool is_test(const SourceFile& file) { return file.path.starts_with("tests/"); }

std::vector<Finding> check_includes(const SourceFile& file) {
  std::vector<Finding> findings;
  const Library* from = library_at(file.path);
  for (const Include& include : file.includes) {
    if (!include.quoted) {
      continue;
    }
    const Library* to = library_at(include.path);
    if (to == nullptr && !(is_test(file) && include.path.starts_with("tests/"))) {
      findings.push_back({include.line, "\"" + include.path + "\" starts at no folder of ours"});
    } else if (from != nullptr && to != nullptr && !may_see(*from, to->name)) {
      findings.push_back({include.line, std::string(from->folder) + " includes \"" + include.path +
                                            "\" against the arrows"});
    }
  }
  return findings;
}

// The names after "slewd::" in a line of CMake.
std::vector<std::string> linked_names(std::string_view line) {
  std::vector<std::string> names;
  static constexpr std::string_view kPrefix = "slewd::";
  line = line.substr(0, line.find('#'));
  for (std::size_t at = line.find(kPrefix); at != std::string_view::npos;
       at = line.find(kPrefix, at + 1)) {
    const std::size_t begin = at + kPrefix.size();
    const std::size_t end =
        std::min(line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", begin), line.size());
    names.emplace_back(line.substr(begin, end - begin));
  }
  return names;
}

std::vector<Finding> check_links(const SourceFile& file) {
  std::vector<Finding> findings;
  const Library* from = library_at(file.path);
  if (from == nullptr || !is_cmake(file)) {
    return findings;
  }
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    for (const std::string& name : linked_names(file.lines[i])) {
      if (!may_see(*from, name)) {
        findings.push_back({static_cast<int>(i) + 1, std::string(from->folder) + " links slewd::" +
                                                         name + " against the arrows"});
      }
    }
  }
  return findings;
}

}  // namespace

std::vector<Policy> arrow_policies() {
  return {
      {.name = "include_arrows",
       .right = "include only along base <- core <- {crypto, linux, sim}; base <- rules <- remedy; "
                "{core, rules} <- exporter; all <- app, with paths from the repository root",
       .check = &check_includes,
       .bad = {{"agent/core/engine.cpp", "#include \"agent/linux/poll_loop.hpp\"\n"},
               {"base/fd.cpp", "#include \"agent/core/ports.hpp\"\n"},
               {"rules/engine.cpp", "#include \"agent/core/snapshot.hpp\"\n"},
               {"agent/remedy/probe.cpp", "#include \"agent/core/ports.hpp\"\n"},
               {"exporter/page.cpp", "#include \"agent/app/config.hpp\"\n"},
               {"sim/world.cpp", "#include \"agent/linux/kernel_clock.hpp\"\n"},
               {"base/fd.cpp", "#include \"fd.hpp\"\n"},
               {"base/fd.cpp", "#include \"tests/sim/world.hpp\"\n"}},
       .good = {{"agent/core/engine.cpp", "#include \"base/fd.hpp\"\n"},
                {"agent/app/demo.cpp", "#include \"sim/world.hpp\"\n"},
                {"exporter/page.cpp", "#include \"rules/status.hpp\"\n"},
                {"base/fd.cpp", "// #include \"agent/core/ports.hpp\"\n"},
                {"tests/unit/core/a_test.cpp", "#include \"tests/sim/world.hpp\"\n"}}},
      {.name = "link_arrows",
       .right = "link only the libraries that the folder may include",
       .check = &check_links,
       .bad = {{"agent/core/CMakeLists.txt", "  PUBLIC slewd::base slewd::linux)\n"},
               {"rules/CMakeLists.txt", "  PUBLIC slewd::core)\n"}},
       .good = {{"agent/core/CMakeLists.txt", "  PUBLIC slewd::base)  # slewd::linux calls us\n"},
                {"agent/app/CMakeLists.txt", "  PRIVATE slewd::sim slewd::exporter)\n"},
                {"tests/unit/core/CMakeLists.txt", "  LIBS slewd::core slewd::sim)\n"}}},
  };
}

}  // namespace slewd::policy
