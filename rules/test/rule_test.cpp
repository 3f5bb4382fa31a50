// SPDX-License-Identifier: Apache-2.0
#include "rules/test/rule_test.hpp"

#include <algorithm>
#include <array>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "rules/test/rule_test_world.hpp"

namespace slewd::rules {
namespace {

std::string listed(const std::vector<std::string>& actions) {
  return actions.empty() ? "nothing" : joined(actions);
}

class TestRun {
 public:
  TestRun(const RuleTestFile& file, const RuleTest& test, std::vector<std::string>& failures)
      : file_(file), test_(test), failures_(failures), world_(file.rules, test) {}

  void run() {
    explanations_.resize(test_.expectations.size());
    for (Nanos now{}; now <= test_.until; now += test_.every) {
      world_.update(now);
      for (std::size_t i = 0; i < test_.expectations.size(); ++i) {
        const TestExpectation& expectation = test_.expectations[i];
        if (expectation.to < now || expectation.to >= now + test_.every) continue;
        if (expectation.actions)
          explanations_[i] = world_.view(expectation.rule, now).explanation;
        else
          check_moment(expectation, now);
      }
    }
    for (std::size_t i = 0; i < test_.expectations.size(); ++i)
      if (test_.expectations[i].actions) check_actions(test_.expectations[i], explanations_[i]);
  }

 private:
  void check_moment(const TestExpectation& expectation, Nanos now) {
    if (expectation.step) check_step(expectation, now);
    if (expectation.rule.empty()) return;
    const RuleView view = world_.view(expectation.rule, now);
    const std::string who = "at " + format(now) + " rule '" + expectation.rule + "' ";
    const std::string why = "; why: " + view.explanation;
    if (expectation.state && view.state != *expectation.state)
      fail(expectation, who + "should be " + std::string(to_string(*expectation.state)) +
                            " and is " + std::string(to_string(view.state)) + why);
    if (expectation.gate) {
      const auto gate = std::ranges::find(view.gates, *expectation.gate, &GateView::gate);
      if (gate == view.gates.end() || gate->closed.empty())
        fail(expectation, who + "should be stopped by the gate '" +
                              std::string(to_string(*expectation.gate)) + "', which is open" + why);
    }
    if (!expectation.step && view.explanation.find(expectation.explains) == std::string::npos)
      fail(expectation, who + "should contain '" + expectation.explains + "'" + why);
  }

  void check_step(const TestExpectation& expectation, Nanos now) {
    const auto step = std::ranges::find(world_.steps(), now, &TestStepOutcome::at);
    if (step == world_.steps().end())
      return fail(expectation, "at " + format(now) + " no step is announced");
    const std::string reason = step->refused.empty() ? "" : "; refused by " + step->refused;
    if (step->verdict != *expectation.step)
      fail(expectation, "at " + format(now) + " the step should be " +
                            std::string(to_string(*expectation.step)) + " and is " +
                            std::string(to_string(step->verdict)) + reason);
    else if (step->refused.find(expectation.explains) == std::string::npos)
      fail(expectation, "at " + format(now) + " the step's refusal should contain '" +
                            expectation.explains + "'" + reason);
  }

  void check_actions(const TestExpectation& expectation, const std::string& explanation) {
    std::vector<std::string> begun;
    std::vector<std::string> done;
    for (const TestAction& run : world_.started()) {
      if (run.rule != expectation.rule || run.at < expectation.from || run.at > expectation.to)
        continue;
      begun.push_back(run.action);
      done.push_back((run.dry_run ? "would " : "") + run.action + " at " + format(run.at));
    }
    if (begun == *expectation.actions) return;
    fail(expectation, "from " + format(expectation.from) + " to " + format(expectation.to) +
                          " rule '" + expectation.rule + "' should begin " +
                          listed(*expectation.actions) + " and begins " + listed(done) +
                          "; why, in the end: " + explanation);
  }

  void fail(const TestExpectation& expectation, const std::string& what) {
    failures_.push_back(file_.name + ":" + std::to_string(expectation.line) + ": '" + test_.name +
                        "': " + what);
  }

  const RuleTestFile& file_;
  const RuleTest& test_;
  std::vector<std::string>& failures_;
  TestWorld world_;
  std::vector<std::string> explanations_;
};

}  // namespace

std::string_view to_string(StepVerdict verdict) {
  constexpr std::array<std::string_view, 3> kWords{"refused", "given_up", "done"};
  return kWords[static_cast<std::size_t>(verdict)];
}

RuleTestReport run_rule_tests(const RuleTestFile& file) {
  RuleTestReport report;
  for (const RuleTest& test : file.tests) {
    ++report.tests;
    report.expectations += test.expectations.size();
    TestRun(file, test, report.failures).run();
  }
  return report;
}

}  // namespace slewd::rules
