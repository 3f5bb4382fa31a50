// SPDX-License-Identifier: Apache-2.0
// Any text compiles or is refused; what compiles evaluates and explains within its bounds.
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "rules/engine/evaluator.hpp"

namespace {

using namespace slewd;
using namespace slewd::rules;

Facts full_facts() {
  Facts facts;
  facts.set(Fact::offset, Nanos{-11'000'000'000});
  facts.set(Fact::bound, Nanos{40'000'000});
  facts.set(Fact::jitter, Nanos{0});
  facts.set(Fact::frequency, Ppm{-90.7});
  facts.set(Fact::phase, "Sync");
  facts.set(Fact::synchronized, true);
  facts.set(Fact::sources, std::uint64_t{4});
  facts.jumps = {{Nanos{-11'000'000'000}, MonoTime{}, "external_step"}};
  facts.probes["a.b"] = {ProbeState::failed, MonoTime{}};
  return facts;
}

void run(const Expression& expression, const Facts& facts) {
  WindowMemory windows;
  for (const Nanos now : {Nanos{0}, Nanos{1'000'000'000}, Nanos{3'600'000'000'000}}) {
    const Evaluation evaluation =
        evaluate(expression, facts, MonoTime{now}, ProbeMemory(), windows);
    const Value truth = evaluation.truth();
    SLEWD_CHECK(truth.is_unknown() || truth.truth() != nullptr);
    SLEWD_CHECK(!explain(expression, evaluation).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Vocabulary vocabulary{{"a"}, {"a.b"}, {"a"}, {{"a.line", std::nullopt}}};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expression = Expression::compile(text, vocabulary);
  if (!expression) {
    SLEWD_CHECK(!expression.error().message().empty());
    return 0;
  }
  SLEWD_CHECK(expression->nodes().size() <= limits::kExpressionNodes);
  run(*expression, full_facts());
  run(*expression, Facts());
  return 0;
}
