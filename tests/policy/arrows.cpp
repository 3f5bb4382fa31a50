// SPDX-License-Identifier: Apache-2.0
// Which library may include and link which, as docs/design/architecture.md shows.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/policy/policies.hpp"

namespace slewd::policy {
namespace {

struct Library {
  std::string_view name;
  std::string_view folder;
  std::vector<std::string_view> sees;  // beside itself
  std::string_view target;             // its CMake target is slewd::<target>
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> all{
      {"base", "base/", {}, "base"},
      {"w32time", "agent/w32time/", {"base"}, "w32time"},
      {"core", "agent/core/", {"base", "w32time"}, "core"},
      {"clockbound", "agent/clockbound/", {"base", "core"}, "clockbound"},
      {"crypto", "agent/crypto/", {"base", "core"}, "crypto"},
      {"os", "agent/os/", {"base", "core"}, "os"},
      // Before "sim", in whose folder it lies: the first match counts.
      {"scenario", "sim/scenario/", {"base", "core", "sim"}, "scenario"},
      {"sim", "sim/", {"base", "core", "sim"}, "sim"},
      {"rules", "rules/", {"base"}, "rules"},
      {"records", "agent/records/", {"base", "core", "rules"}, "records"},
      {"remedy", "agent/remedy/", {"base", "os", "records", "rules"}, "remedy"},
      {"exporter", "exporter/", {"base", "core", "rules", "web"}, "exporter"},
      {"web", "web/", {"base"}, "web"},
      {"config", "agent/config/", {"base", "core", "os", "rules", "w32time"}, "config"},
      {"app",
       "agent/app/",
       {"base", "clockbound", "config", "core", "exporter", "os", "records", "remedy", "rules",
        "w32time"},
       "app"},
      // Before "ctl", in whose folder it lies.
      {"convert", "agent/ctl/convert/", {"base", "config", "core", "os"}, "convert"},
      {"ctl",
       "agent/ctl/",
       {"base", "config", "convert", "core", "exporter", "os", "records", "rules", "w32time"},
       "ctl"},
      {"demo",
       "lab/demo/",
       {"app", "base", "config", "core", "exporter", "os", "records", "remedy", "rules", "sim"},
       "demo"},
      // Its program starts the demo, too.
      {"lab",
       "lab/",
       {"base", "config", "core", "demo", "os", "rules", "scenario", "sim", "w32time"},
       "lab"},
  };
  return all;
}

// The rooms of a library. Beside its own each sees the files that lie in the library's folder
// itself.
struct Room {
  std::string_view folder;
  std::vector<std::string_view> sees;
};

const std::vector<Room>& rooms() {
  static const std::vector<Room> all{
      {"agent/core/discipline/",
       {"agent/core/estimate/", "agent/core/jumps/", "agent/core/ntp/", "agent/w32time/"}},
      {"agent/core/estimate/", {}},
      {"agent/core/jumps/", {"agent/core/leap/"}},
      {"agent/core/leap/", {"agent/core/ntp/"}},
      {"agent/core/ntp/", {}},
      {"agent/core/sources/",
       {"agent/core/discipline/", "agent/core/estimate/", "agent/core/leap/", "agent/core/ntp/"}},
      {"agent/w32time/", {}},
      {"agent/os/clock/", {}},
      {"agent/os/machine/", {"agent/os/process/", "agent/os/trace/"}},
      {"agent/os/net/", {}},
      {"agent/os/process/", {"agent/os/net/"}},
      {"agent/os/trace/", {"agent/os/process/"}},
      {"agent/remedy/dispatch/", {"agent/remedy/ports/", "agent/remedy/probes/", "agent/records/"}},
      {"agent/remedy/fleet/", {"agent/remedy/ports/", "agent/remedy/web/"}},
      {"agent/remedy/logs/", {"agent/remedy/ports/"}},
      {"agent/remedy/ports/", {}},
      {"agent/remedy/probes/",
       {"agent/remedy/ports/", "agent/remedy/process/", "agent/remedy/units/"}},
      {"agent/remedy/process/", {"agent/remedy/ports/"}},
      {"agent/records/", {}},
      {"agent/remedy/step/",
       {"agent/remedy/dispatch/", "agent/remedy/ports/", "agent/remedy/probes/", "agent/records/"}},
      {"agent/remedy/units/", {"agent/remedy/ports/", "agent/remedy/process/"}},
      {"agent/remedy/web/", {"agent/remedy/ports/"}},
      {"exporter/api/", {"exporter/http/", "exporter/metrics/"}},
      {"exporter/http/", {"exporter/metrics/"}},
      {"exporter/metrics/", {}},
      {"rules/engine/", {"rules/lang/"}},
      {"rules/files/", {"rules/lang/"}},
      {"rules/lang/", {}},
      {"rules/test/", {"rules/engine/", "rules/files/", "rules/lang/"}},
  };
  return all;
}

const Room* room_at(std::string_view path) {
  for (const Room& room : rooms())
    if (path.starts_with(room.folder)) return &room;
  return nullptr;
}

const Library* library_at(std::string_view path) {
  for (const Library& library : libraries()) {
    if (path.starts_with(library.folder)) {
      return &library;
    }
  }
  return nullptr;
}

bool may_see(const Library& from, const Library& to) {
  return from.name == to.name ||
         std::find(from.sees.begin(), from.sees.end(), to.name) != from.sees.end();
}

const Library* library_of_target(std::string_view target) {
  for (const Library& library : libraries()) {
    if (library.target == target) {
      return &library;
    }
  }
  return nullptr;
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
    const bool in_tests = include.path.starts_with("tests/");
    if (to == nullptr && !(in_tests && is_test(file))) {
      findings.push_back({include.line, "\"" + include.path + "\" starts at no folder of ours"});
    } else if (from != nullptr && to != nullptr && !may_see(*from, *to)) {
      findings.push_back({include.line, std::string(from->folder) + " includes \"" + include.path +
                                            "\" against the arrows"});
    }
  }
  return findings;
}

std::vector<Finding> check_rooms(const SourceFile& file) {
  std::vector<Finding> findings;
  const Room* from = room_at(file.path);
  for (const Include& include : file.includes) {
    const Room* to = include.quoted ? room_at(include.path) : nullptr;
    if (from == nullptr || to == nullptr || from == to ||
        library_at(file.path) != library_at(include.path))
      continue;
    if (std::find(from->sees.begin(), from->sees.end(), to->folder) == from->sees.end())
      findings.push_back({include.line, std::string(from->folder) + " includes \"" + include.path +
                                            "\" against the arrows"});
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
    const std::size_t end = std::min(
        line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", begin), line.size());
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
      const Library* to = library_of_target(name);
      if (to == nullptr || !may_see(*from, *to)) {
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
       .right = "include only along the arrows between the libraries (tests/policy/arrows.cpp), "
                "with paths "
                "from the repository root",
       .check = &check_includes,
       .bad = {{"agent/core/engine.cpp", "#include \"agent/os/poll_loop.hpp\"\n"},
               {"base/fd.cpp", "#include \"agent/core/ports.hpp\"\n"},
               {"rules/engine/engine.cpp", "#include \"agent/core/snapshot.hpp\"\n"},
               {"agent/remedy/ports/probe.cpp", "#include \"agent/core/ports.hpp\"\n"},
               {"exporter/page.cpp", "#include \"agent/config/config.hpp\"\n"},
               {"sim/world.cpp", "#include \"agent/os/clock/kernel_clock.hpp\"\n"},
               {"sim/world.cpp", "#include \"sim/scenario/scenario.hpp\"\n"},
               {"base/fd.cpp", "#include \"fd.hpp\"\n"},
               {"base/fd.cpp", "#include \"tests/sim/world.hpp\"\n"}},
       .good = {{"agent/core/engine.cpp", "#include \"base/fd.hpp\"\n"},
                {"lab/demo/demo.cpp", "#include \"sim/world.hpp\"\n"},
                {"sim/scenario/stage.cpp", "#include \"sim/world.hpp\"\n"},
                {"exporter/page.cpp", "#include \"rules/status.hpp\"\n"},
                {"base/fd.cpp", "// #include \"agent/core/ports.hpp\"\n"},
                {"tests/unit/core/a_test.cpp", "#include \"tests/sim/world.hpp\"\n"}}},
      {.name = "room_arrows",
       .right =
           "include only along the arrows between the rooms of a library (tests/policy/arrows.cpp)",
       .check = &check_rooms,
       .bad = {{"agent/core/ntp/a.cpp", "#include \"agent/core/discipline/phase.hpp\"\n"},
               {"rules/lang/a.cpp", "#include \"rules/engine/engine.hpp\"\n"}},
       .good = {{"agent/core/engine.cpp", "#include \"agent/core/ntp/packet.hpp\"\n"},
                {"rules/lang/a.cpp", "#include \"rules/facts.hpp\"\n"},
                {"rules/engine/a.cpp", "#include \"rules/lang/parser.hpp\"\n"}}},
      {.name = "link_arrows",
       .right = "link only the libraries that the folder may include",
       .check = &check_links,
       .bad = {{"agent/core/CMakeLists.txt", "  PUBLIC slewd::base slewd::os)\n"},
               {"rules/CMakeLists.txt", "  PUBLIC slewd::core)\n"},
               {"exporter/CMakeLists.txt", "  PRIVATE slewd::app)\n"}},
       .good = {{"agent/core/CMakeLists.txt", "  PUBLIC slewd::base)  # slewd::os calls us\n"},
                {"lab/CMakeLists.txt", "  PRIVATE slewd::sim slewd::demo)\n"},
                {"tests/unit/core/CMakeLists.txt", "  LIBS slewd::core slewd::sim)\n"}}},
  };
}

}  // namespace slewd::policy
