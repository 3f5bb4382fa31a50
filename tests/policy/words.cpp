// SPDX-License-Identifier: Apache-2.0
// Plain English in what operators and engineers read. A tired operator whose first language is
// another one must understand each text at the first reading: a program or "the daemon" acts, not a
// person, and things have the names that systemd, Prometheus and chrony give them.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/policy/policies.hpp"

namespace slewd::policy {
namespace {

// Add a folder once no file in it uses any of the words.
const std::vector<std::string_view>& plain_folders() {
  static const std::vector<std::string_view> folders{
      "agent/core/", "base/", "deploy/", "docs/runbooks/", "exporter/", "rules/", "web/"};
  return folders;
}

// A word and what to write. Words that have another, plain meaning somewhere are not listed.
using Word = std::pair<std::string_view, std::string_view>;
constexpr std::array<Word, 27> kWords{{{"nobody", "no program, or the passive"},
                                       {"somebody", "another program"},
                                       {"anybody", "any program"},
                                       {"everybody", "all"},
                                       {"whoever", "the program that"},
                                       {"whomever", "the program that"},
                                       {"whom", "which program"},
                                       {"told", "notified, reported, set"},
                                       {"owe", "have a pending undo"},
                                       {"owes", "has a pending undo"},
                                       {"owed", "pending"},
                                       {"owing", "pending"},
                                       {"pay-owed", "resume-services"},
                                       {"slewd-owed", "slewd-resume-services"},
                                       {"deadman", "fallback_timer"},
                                       {"dead-man", "fallback timer"},
                                       {"dead man", "fallback timer"},
                                       {"culprit", "originator"},
                                       {"culprits", "originators"},
                                       {"alikes", "operands of the same unit"},
                                       {"liar", "falseticker, wrong source"},
                                       {"liars", "falsetickers, wrong sources"},
                                       {"mend", "fix, repair, correct"},
                                       {"mends", "fixes, repairs, corrects"},
                                       {"hurt", "damaged"},
                                       {"hurts", "damages"},
                                       {"had their say", "after their limits"}}};

// Manual pages are made from docs/, which is not listed above.
bool is_rendered(const SourceFile& file) {
  return file.path.starts_with("deploy/man/") &&
         (file.path.ends_with(".1") || file.path.ends_with(".5") || file.path.ends_with(".8"));
}

std::vector<Finding> check_words(const SourceFile& file) {
  std::vector<Finding> findings;
  if (!lies_in(file, plain_folders()) || is_rendered(file)) return findings;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    std::string line = file.lines[i];
    std::ranges::transform(line, line.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const auto& [word, better] : kWords)
      if (has_word(line, word))
        findings.push_back({static_cast<int>(i) + 1,
                            "says '" + std::string(word) + "'; write: " + std::string(better)});
  }
  return findings;
}

}  // namespace

std::vector<Policy> word_policies() {
  return {{.name = "plain_english",
           .right = "short sentences of technical English, without persons",
           .check = &check_words,
           .bad = {{"rules/a.cpp", "// Nobody knows.\n"},
                   {"exporter/a.cpp", "return \"what a step owes\";\n"},
                   {"deploy/slewd.service", "# The dead man's timer.\n"},
                   {"docs/runbooks/a.md", "Find whoever set the clock.\n"}},
           .good = {{"rules/a.cpp", "// The state is unknown; told_to_observe.\n"},
                    {"agent/app/a.cpp", "// Nobody knows.\n"},
                    {"deploy/man/slewd.8", "whom\n"}}}};
}

}  // namespace slewd::policy
