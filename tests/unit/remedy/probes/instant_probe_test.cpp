// SPDX-License-Identifier: Apache-2.0
// Probes of what the agent knows already: units and the clock's own facts.
#include "agent/remedy/probes/instant_probe.hpp"

#include "tests/unit/remedy/probes/probe_run.hpp"

namespace slewd::remedy {
namespace {

using rules::ProbeSpec;
using rules::ProbeState;

class InstantProbeTest : public ProbeRun {
 protected:
  ProbeResult look_at_unit(const std::string& state) {
    sources.unit_state = [state](std::string_view unit) {
      return unit == "dovecot.service" ? state : "asked for another unit";
    };
    ProbeSpec wanted;
    wanted.type = rules::ProbeType::unit;
    wanted.unit = "dovecot.service";
    return run(wanted);
  }
  ProbeResult evaluate(const rules::Value& value) {
    sources.evaluate = [value](const rules::Expression& condition) {
      EXPECT_EQ(condition.text(), "abs(offset) < 10ms");
      return value;
    };
    return run(metric());
  }
  static ProbeSpec metric() {
    ProbeSpec wanted;
    wanted.type = rules::ProbeType::metric;
    wanted.condition = *rules::Expression::compile("abs(offset) < 10ms", {});
    return wanted;
  }
};

TEST_F(InstantProbeTest, AUnitThatServesPasses) {
  EXPECT_EQ(look_at_unit("active").state, ProbeState::ok);
  EXPECT_EQ(look_at_unit("active").detail, "dovecot.service is active");
  EXPECT_EQ(look_at_unit("reloading").state, ProbeState::ok);
}

TEST_F(InstantProbeTest, AUnitThatDoesNotServeFails) {
  for (const std::string state : {"inactive", "failed", "activating", "deactivating"})
    EXPECT_EQ(look_at_unit(state).state, ProbeState::failed) << state;
  EXPECT_EQ(look_at_unit("activating").detail, "dovecot.service is activating");
}

TEST_F(InstantProbeTest, AUnitOfWhichNothingIsKnownIsUnknown) {
  for (const std::string state : {"unknown", "", "a word of next year"})
    EXPECT_EQ(look_at_unit(state).state, ProbeState::unknown) << state;
  EXPECT_EQ(look_at_unit("").detail, "the state of dovecot.service is unknown");
}

TEST_F(InstantProbeTest, AConditionIsThreeValued) {
  const ProbeResult good = evaluate(rules::Value::of(true));
  EXPECT_EQ(good.state, ProbeState::ok);
  EXPECT_EQ(good.detail, "abs(offset) < 10ms holds");
  EXPECT_EQ(evaluate(rules::Value::of(false)).state, ProbeState::failed);
  EXPECT_EQ(evaluate(rules::Value()).state, ProbeState::unknown);
}

TEST_F(InstantProbeTest, NobodyToAskIsUnknown) {
  EXPECT_EQ(run(metric()).state, ProbeState::unknown);
  ProbeSpec wanted;
  wanted.type = rules::ProbeType::unit;
  wanted.unit = "dovecot.service";
  EXPECT_EQ(run(wanted).state, ProbeState::unknown);
}

TEST_F(InstantProbeTest, ADroppedProbeIsNotAsked) {
  bool asked = false;
  sources.evaluate = [&](const rules::Expression&) {
    asked = true;
    return rules::Value();
  };
  begin(metric());
  probe.reset();
  reactor.settle();
  EXPECT_FALSE(asked);
  EXPECT_EQ(reactor.timers(), 0U);
}

}  // namespace
}  // namespace slewd::remedy
