// SPDX-License-Identifier: Apache-2.0
// What C++ code of ours may not use, and where.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/policy/policies.hpp"

namespace slewd::policy {
namespace {

using Words = std::vector<std::string_view>;

const Words& product_folders() {
  static const Words folders{"base/", "agent/", "rules/", "exporter/", "sim/"};
  return folders;
}

std::vector<Finding> find_words(const SourceFile& file, const Words& words) {
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    for (const std::string_view word : words) {
      if (has_word(file.code[i], word)) {
        findings.push_back({static_cast<int>(i) + 1, "uses " + std::string(word)});
      }
    }
  }
  return findings;
}

std::vector<Finding> check_clock(const SourceFile& file) {
  static const Words kWords{"clock_gettime", "clock_settime",
                            "clock_adjtime", "clock_nanosleep",
                            "adjtimex",      "ntp_adjtime",
                            "ntp_gettime",   "gettimeofday",
                            "settimeofday",  "timespec_get",
                            "system_clock",  "steady_clock",
                            "utc_clock",     "high_resolution_clock",
                            "std::time",     "time(nullptr",
                            "time(NULL",     "time(0",
                            "time(&"};
  // Adapters and what proves them, and tests that wait for real processes.
  static const Words kAllowed{"agent/os/",          "agent/clockbound/include/",
                              "tests/unit/os/",     "tests/unit/remedy/test_reactor",
                              "tests/integration/", "tests/e2e/",
                              "tests/bench/",       "tests/policy/clock_settings"};
  return lies_in(file, kAllowed) ? std::vector<Finding>{} : find_words(file, kWords);
}

std::vector<Finding> check_sleep(const SourceFile& file) {
  static const Words kWords{"sleep_for", "sleep_until", "usleep(", "nanosleep(", "sleep("};
  static const Words kFolders{"base/",     "agent/core/", "rules/",    "sim/",
                              "exporter/", "tests/unit/", "tests/sim/"};
  return lies_in(file, kFolders) ? find_words(file, kWords) : std::vector<Finding>{};
}

std::vector<Finding> check_locks(const SourceFile& file) {
  static const Words kWords{"mutex",
                            "shared_mutex",
                            "recursive_mutex",
                            "timed_mutex",
                            "lock_guard",
                            "unique_lock",
                            "scoped_lock",
                            "shared_lock",
                            "condition_variable",
                            "condition_variable_any",
                            "atomic",
                            "atomic_flag",
                            "atomic_ref",
                            "std::thread",
                            "std::jthread",
                            "thread_local",
                            "std::async",
                            "std::future",
                            "std::promise",
                            "counting_semaphore",
                            "binary_semaphore",
                            "std::latch",
                            "std::barrier",
                            "pthread_mutex_t"};
  static const Words kFolders{"agent/core/", "rules/"};
  return lies_in(file, kFolders) ? find_words(file, kWords) : std::vector<Finding>{};
}

// A header of neither the C++ library nor the system nor the two that our headers may show.
bool is_third_party(std::string_view path) {
  static const Words kSystem{"sys/", "linux/", "net/", "netinet/", "arpa/", "asm/", "bits/"};
  static const Words kFlat{"httplib.h", "zlib.h", "crypt.h", "expat.h", "yaml.h"};
  if (path == "tl/expected.hpp" || path.starts_with("gtest/") || path.starts_with("gmock/")) {
    return false;
  }
  if (path.find('/') == std::string_view::npos) {
    return std::find(kFlat.begin(), kFlat.end(), path) != kFlat.end();
  }
  return std::none_of(kSystem.begin(), kSystem.end(),
                      [&](std::string_view prefix) { return path.starts_with(prefix); });
}

std::vector<Finding> check_third_party(const SourceFile& file) {
  // Libraries that take no third-party code at all, but for one file each.
  static const Words kPure{"agent/core/", "rules/", "sim/", "base/"};
  std::vector<Finding> findings;
  const bool header = is_header(file) && lies_in(file, product_folders());
  const bool pure = lies_in(file, kPure) && file.path != "base/json_document.cpp" &&
                    file.path != "rules/lang/pattern.cpp";
  if (!header && !pure) {
    return findings;
  }
  for (const Include& include : file.includes) {
    if (!include.quoted && is_third_party(include.path)) {
      findings.push_back({include.line, "includes <" + include.path + ">"});
    }
  }
  return findings;
}

std::vector<Finding> check_purity(const SourceFile& file) {
  static const Words kHeaders{"ctime",   "fstream", "iostream", "filesystem",
                              "csignal", "cstdio",  "random",   "thread"};
  std::vector<Finding> findings;
  if (!file.path.starts_with("agent/core/")) {
    return findings;
  }
  for (const Include& include : file.includes) {
    const bool system = include.path.ends_with(".h");
    if (!include.quoted &&
        (system || std::find(kHeaders.begin(), kHeaders.end(), include.path) != kHeaders.end())) {
      findings.push_back({include.line, "includes <" + include.path + ">"});
    }
  }
  return findings;
}

std::vector<Finding> check_determinism(const SourceFile& file) {
  static const Words kWords{"random_device",
                            "mt19937",
                            "mt19937_64",
                            "default_random_engine",
                            "rand(",
                            "uniform_int_distribution",
                            "uniform_real_distribution",
                            "normal_distribution",
                            "exponential_distribution"};
  static const Words kFolders{"agent/core/", "rules/", "sim/"};
  return lies_in(file, kFolders) ? find_words(file, kWords) : std::vector<Finding>{};
}

std::vector<Finding> check_subset(const SourceFile& file) {
  static const Words kWords{"std::views", "ranges::views", "std::format", "std::source_location",
                            "std::expected"};
  return find_words(file, kWords);
}

std::vector<Finding> check_pragma_once(const SourceFile& file) {
  if (!is_header(file) ||
      std::find(file.code.begin(), file.code.end(), "#pragma once") != file.code.end()) {
    return {};
  }
  return {{1, "has no #pragma once"}};
}

Policy clock_policy() {
  return {.name = "clocks_only_in_adapters",
          .right =
              "take the time from core::Clock or as an argument; only agent/os asks the "
              "kernel",
          .check = &check_clock,
          .bad = {{"agent/core/a.cpp", "clock_gettime(CLOCK_REALTIME, &t);\n"},
                  {"rules/a.cpp", "auto t = std::chrono::steady_clock::now();\n"},
                  {"exporter/a.cpp", "auto t = std::chrono::system_clock::now();\n"},
                  {"agent/remedy/a.cpp", "gettimeofday(&t, nullptr);\n"},
                  {"agent/app/a.cpp", "auto t = time(nullptr);\n"},
                  {"tests/unit/core/a_test.cpp", "auto t = std::time(nullptr);\n"}},
          .good = {{"agent/os/clock/kernel_clock.cpp", "clock_gettime(CLOCK_REALTIME, &t);\n"},
                   {"agent/core/a.cpp", "// clock_gettime is the adapter's\nrun_time(0);\n"},
                   {"agent/core/a.hpp", "WallTime time() const;\nsample.time(now);\n"}}};
}

Policy lock_policy() {
  return {.name = "no_locks_in_core_and_rules",
          .right = "stay on one thread; values cross threads through base/board.hpp or a mailbox",
          .check = &check_locks,
          .bad = {{"agent/core/a.hpp", "std::mutex mutex_;\n"},
                  {"agent/core/a.cpp", "const std::lock_guard lock(m);\n"},
                  {"rules/a.hpp", "std::condition_variable changed_;\n"},
                  {"rules/a.hpp", "std::atomic<int> count_;\n"},
                  {"agent/core/a.cpp", "std::jthread t([] {});\n"}},
          .good = {{"exporter/a.hpp", "std::mutex mutex_;\n"},
                   {"agent/core/a.cpp", "write_atomically();  // no mutex\n"}}};
}

Policy third_party_policy() {
  return {
      .name = "third_party_headers_stay_in_cpp_files",
      .right =
          "include it in a .cpp file and show a type of our own; core, rules, sim and base "
          "take none but nlohmann/json in base/json_document.cpp and RE2 in rules/lang/pattern.cpp",
      .check = &check_third_party,
      .bad = {{"exporter/a.hpp", "#include <httplib.h>\n"},
              {"exporter/a.hpp", "#include <prometheus/metric_family.h>\n"},
              {"agent/app/a.hpp", "#include <nlohmann/json_fwd.hpp>\n"},
              {"agent/app/a.hpp", "#include <spdlog/spdlog.h>\n"},
              {"agent/app/a.hpp", "#include <CLI/CLI.hpp>\n"},
              {"agent/crypto/a.hpp", "#include <openssl/evp.h>\n"},
              {"agent/remedy/a.hpp", "#include <systemd/sd-bus.h>\n"},
              {"exporter/a.hpp", "#include <yaml-cpp/yaml.h>\n"},
              {"rules/a.cpp", "#include <nlohmann/json.hpp>\n"},
              {"rules/a.cpp", "#include <re2/re2.h>\n"},
              {"base/a.cpp", "#include <nlohmann/json.hpp>\n"}},
      .good = {{"exporter/a.cpp", "#include <httplib.h>\n"},
               {"base/result.hpp", "#include <tl/expected.hpp>\n#include <vector>\n"},
               {"agent/os/a.hpp", "#include <sys/timex.h>\n#include <poll.h>\n"},
               {"rules/lang/pattern.cpp", "#include <re2/re2.h>\n"},
               {"base/json_document.cpp", "#include <nlohmann/json.hpp>\n"}}};
}

}  // namespace

std::vector<Policy> ban_policies() {
  return {
      clock_policy(),
      {.name = "no_sleeps",
       .right = "wait for the event with a deadline, or move a fake clock",
       .check = &check_sleep,
       .bad = {{"tests/unit/core/a_test.cpp", "std::this_thread::sleep_for(1s);\n"},
               {"exporter/a.cpp", "usleep(10);\n"}},
       .good = {{"tests/integration/a_test.cpp", "std::this_thread::sleep_for(1ms);\n"}}},
      lock_policy(),
      third_party_policy(),
      {.name = "core_does_no_io",
       .right = "let an adapter behind agent/core/ports.hpp do it and hand the result in",
       .check = &check_purity,
       .bad = {{"agent/core/a.cpp", "#include <sys/socket.h>\n"},
               {"agent/core/a.cpp", "#include <unistd.h>\n"},
               {"agent/core/a.cpp", "#include <fstream>\n"}},
       .good = {{"agent/core/a.cpp", "#include <cmath>\n#include <chrono>\n"},
                {"agent/os/a.cpp", "#include <unistd.h>\n"}}},
      {.name = "own_random_numbers",
       .right =
           "draw from core::Entropy or the simulator's generator: the library's differ between "
           "compilers",
       .check = &check_determinism,
       .bad = {{"sim/a.cpp", "std::mt19937_64 engine(1);\n"},
               {"sim/a.cpp", "std::normal_distribution<double> d;\n"},
               {"agent/core/a.cpp", "return rand();\n"}},
       .good = {{"sim/a.cpp", "return operand(1);\n"},
                {"agent/os/a.cpp", "std::random_device device;\n"}}},
      {.name = "both_compilers_take_it",
       .right = "write it in the C++20 that g++ 12 and clang 14 share",
       .check = &check_subset,
       .bad = {{"rules/a.cpp", "for (auto x : v | std::views::reverse) {}\n"},
               {"rules/a.cpp", "auto s = std::format(\"{}\", 1);\n"},
               {"tests/unit/core/a_test.cpp", "std::expected<int, int> e;\n"}},
       .good = {{"rules/a.cpp", "std::string_view v; auto s = format(1);\n"}}},
      {.name = "pragma_once",
       .right = "put #pragma once below the header's first comment",
       .check = &check_pragma_once,
       .bad = {{"base/a.hpp", "// #pragma once\nint a();\n"}},
       .good = {{"base/a.hpp", "// A.\n#pragma once\nint a();\n"}, {"base/a.cpp", "int a;\n"}}},
  };
}

}  // namespace slewd::policy
