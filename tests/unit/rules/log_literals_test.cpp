// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/rules/log_literals.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/limits.hpp"

#include "tests/unit/rules/compiled_pattern.hpp"

namespace slewd::rules {
namespace {

// The names of the patterns that match.
std::set<std::string_view> matching(std::string_view line) {
  std::set<std::string_view> names;
  for (const LogLiteral& literal : log_literals())
    if (compiled(literal.pattern).match(line)) names.insert(literal.name);
  return names;
}

TEST(LogLiterals, EachPatternMatchesItsLinesAndCapturesTheirNumber) {
  for (const LogLiteral& literal : log_literals()) {
    const Pattern pattern = compiled(literal.pattern);
    for (const LogLine& line : literal.lines) {
      const auto match = pattern.match(line.text);
      ASSERT_TRUE(match.has_value()) << literal.name << ": " << line.text;
      EXPECT_EQ(match->captured, line.captured) << literal.name << ": " << line.text;
    }
  }
}

TEST(LogLiterals, NoLineOfDovecotMatchesTwoPatterns) {
  for (const LogLiteral& literal : dovecot_literals())
    for (const LogLine& line : literal.lines)
      EXPECT_EQ(matching(line.text), std::set{literal.name}) << line.text;
}

TEST(LogLiterals, WordsThatAStrangerPutsIntoAUserNameDoNotMatch) {
  for (const LogLiteral& literal : dovecot_literals())
    for (const LogLine& line : literal.lines) {
      const std::string forged =
          "imap-login: Info: Disconnected (auth failed, 1 attempts in 2 "
          "secs): user=<" +
          std::string(line.text) + ">, method=PLAIN";
      EXPECT_EQ(matching(forged), std::set<std::string_view>{}) << forged;
    }
}

TEST(LogLiterals, OrdinaryLinesMatchNothing) {
  for (const std::string_view line :
       {"imap-login: Info: Login: user=<joe>, method=PLAIN, rip=127.0.0.1, mpid=4711",
        "Selected source 192.0.2.1", "master: Warning: Killed with signal 15 (by pid=1 uid=0)",
        "Child (812) said Child starts", "synchronized to 192.0.2.1, stratum 2", ""})
    EXPECT_EQ(matching(line), std::set<std::string_view>{}) << line;
}

TEST(LogLiterals, NamesAreUniqueAndPatternsLeaveRoom) {
  std::set<std::string_view> names;
  for (const LogLiteral& literal : log_literals()) {
    EXPECT_TRUE(names.insert(literal.name).second) << literal.name;
    EXPECT_LT(literal.pattern.size(), limits::kPatternBytes / 2) << literal.name;
  }
}

}  // namespace
}  // namespace slewd::rules
