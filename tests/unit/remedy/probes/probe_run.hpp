// SPDX-License-Identifier: Apache-2.0
// One run of a probe as a rule file would have it, on the test's reactor.
#pragma once

#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "agent/remedy/probes/make_probe.hpp"

#include "tests/unit/remedy/test_reactor.hpp"

namespace slewd::remedy {

class ProbeRun : public testing::Test {
 protected:
  void begin(const rules::ProbeSpec& spec) {
    result.reset();
    probe = make_probe(reactor, spec, sources);
    probe->begin([this](const ProbeResult& found) {
      EXPECT_FALSE(result) << "a second report";
      result = found;
      probe.reset();
    });
    EXPECT_FALSE(result) << "reported from within begin()";
  }
  ProbeResult run(const rules::ProbeSpec& spec) {
    begin(spec);
    EXPECT_TRUE(reactor.run_until([&] { return result.has_value(); }));
    return result.value_or(ProbeResult{});
  }

  TestReactor reactor;
  ProbeSources sources;
  std::unique_ptr<Probe> probe;
  std::optional<ProbeResult> result;
};

}  // namespace slewd::remedy
