// SPDX-License-Identifier: Apache-2.0
// Rule files for tests: a target "mail" with two probes and whatever rules the test gives; and the
// moments at which they are looked at.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "rules/files/rule_file.hpp"
#include "rules/intent.hpp"

namespace slewd::rules {

constexpr MonoTime at(Nanos time) { return MonoTime{time}; }

inline std::string rule_text(const std::string& rules) {
  return R"({"schema": "slewd.rules/1",
"targets": {"mail": {"unit": "mail.service", "probes": {
  "port": {"type": "tcp", "port": 143},
  "login": {"type": "imap_login", "port": 143, "user": "u", "password_file": "/p"}}},
"web": {"commands": {"restart": ["/bin/web", "again"]}}},
"rules": [)" +
         rules + "]}";
}

inline RuleFile rules_of(const std::string& rules) {
  auto file = parse_rule_file(rule_text(rules), "t.json");
  EXPECT_TRUE(file) << file.error().describe();
  return file ? std::move(*file) : RuleFile();
}

// How an intent ended, as the dispatcher tells it.
inline Outcome outcome_of(const Intent& intent, MonoTime ended, Ending ending) {
  Outcome outcome;
  outcome.intent = intent.id;
  outcome.rule = intent.rule;
  outcome.action = describe(intent.links.front().action);
  outcome.ending = ending;
  outcome.ended = ended;
  return outcome;
}

}  // namespace slewd::rules
