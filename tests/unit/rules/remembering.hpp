// SPDX-License-Identifier: Apache-2.0
// A service whose probe and unit are remembered, and what conditions say of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "rules/engine/evaluator.hpp"
#include "rules/lang/expression.hpp"

#include "tests/unit/rules/rule_text.hpp"
#include "tests/unit/rules/truth_values.hpp"

namespace slewd::rules {

inline const Vocabulary kServices{
    {"mail"},
    {"mail.login", "mail.port"},
    {"mail"},
    {{"mail.stall", Dimension::seconds}, {"mail.fatal", std::nullopt}}};

class Remembering : public testing::Test {
 protected:
  // A run of the probe that has ended now.
  void probe(ProbeState state, Nanos time) {
    ProbeFact& fact = facts.probes["mail.login"];
    if (fact.state != state) fact.since = fact.first_found = at(time);
    fact.state = state;
    fact.last_found = at(time);
    memory.note(facts);
  }
  void unit(const char* state, Nanos since, std::optional<MonoTime> started = std::nullopt) {
    facts.units["mail"] = {state, at(since), started};
    memory.note(facts);
  }
  Value now(std::string_view text, Nanos time) {
    const auto expression = Expression::compile(text, kServices);
    EXPECT_TRUE(expression) << expression.error().describe();
    WindowMemory windows;
    const Evaluation found = evaluate(*expression, facts, at(time), memory, windows);
    why = explain_why(*expression, found);
    return found.truth();
  }

  Facts facts;
  ProbeMemory memory;
  std::string why;
};

}  // namespace slewd::rules
