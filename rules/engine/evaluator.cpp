// SPDX-License-Identifier: Apache-2.0
#include "rules/engine/evaluator.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "rules/lang/type_rules.hpp"

namespace slewd::rules {
namespace {

bool ordered(Operator op, double a, double b) {
  switch (op) {
    case Operator::less:
      return a < b;
    case Operator::less_equal:
      return a <= b;
    case Operator::greater:
      return a > b;
    case Operator::greater_equal:
      return a >= b;
    case Operator::not_equal:
      return a != b;
    default:
      return a == b;
  }
}

Value compare(Operator op, const Value& a, const Value& b) {
  if (a.is_unknown() || b.is_unknown()) return {};
  if (a.number() != nullptr && b.number() != nullptr)
    return Value::of(ordered(op, *a.number(), *b.number()));
  bool same = a == b;
  if (a.word() != nullptr && b.word() != nullptr) same = same_ignoring_case(*a.word(), *b.word());
  return Value::of(op == Operator::equal ? same : !same);
}

// Overflow and division by zero give infinities or NaN; an infinity still compares, NaN is Unknown.
Value calculate(Operator op, const Value& a, const Value& b) {
  if (a.number() == nullptr || b.number() == nullptr) return {};
  const double x = *a.number();
  const double y = *b.number();
  switch (op) {
    case Operator::add:
      return Value::of(x + y);
    case Operator::subtract:
      return Value::of(x - y);
    case Operator::multiply:
      return Value::of(x * y);
    default:
      return y == 0 ? Value() : Value::of(x / y);
  }
}

class Evaluator {
 public:
  // With `earlier`, values that depend on facts are taken from there.
  Evaluator(const Expression& expression, const Facts& facts, MonoTime now,
            const ProbeMemory& probes, WindowMemory& windows, const HeldBack& held,
            const Evaluation* earlier = nullptr)
      : expression_(expression),
        facts_(facts),
        now_(now),
        probes_(probes),
        windows_(windows),
        held_(held),
        earlier_(earlier) {}

  Evaluation run() {
    values_.reserve(expression_.nodes().size());
    for (const Node& node : expression_.nodes())
      values_.push_back(earlier_ != nullptr && reads_facts(node) ? earlier_->values[values_.size()]
                                                                 : value_of(node));
    return {std::move(values_), std::move(reasons_)};
  }

 private:
  static bool reads_facts(const Node& node) {
    const bool computes = node.function == Function::abs || node.function == Function::minimum ||
                          node.function == Function::maximum;
    return node.kind == NodeKind::fact || node.kind == NodeKind::probe ||
           node.kind == NodeKind::unit || (node.kind == NodeKind::call && !computes);
  }

  Value value_of(const Node& node) {
    switch (node.kind) {
      case NodeKind::literal:
        return node.value;
      case NodeKind::fact:
        return facts_.get(node.fact, now_);
      case NodeKind::probe:
        return probe_value(node);
      case NodeKind::unit:
        return unit_value(node);
      case NodeKind::unary:
        return unary(node);
      case NodeKind::binary:
        return binary(node);
      case NodeKind::call:
        return call(node);
      case NodeKind::name:
        break;  // the checker has resolved all
    }
    return {};
  }

  // A probe or a unit whose state is unknown equals nothing: absent data is never true.
  [[nodiscard]] Value probe_value(const Node& node) const {
    const ProbeState state = facts_.probe_state(node.word);
    return state == ProbeState::unknown ? Value() : Value::of(to_string(state));
  }
  [[nodiscard]] Value unit_value(const Node& node) const {
    const std::string_view state = facts_.unit_state(node.word);
    return state == unit_type().symbols.front() ? Value() : Value::of(state);
  }

  [[nodiscard]] Value unary(const Node& node) const {
    if (node.op == Operator::logical_not) return logical_not(child(node, 0));
    const double* number = child(node, 0).number();
    return number == nullptr ? Value() : Value::of(-*number);
  }

  [[nodiscard]] Value binary(const Node& node) const {
    const Value& a = child(node, 0);
    const Value& b = child(node, 1);
    if (node.op == Operator::logical_and) return logical_and(a, b);
    if (node.op == Operator::logical_or) return logical_or(a, b);
    return is_comparison(node.op) ? compare(node.op, a, b) : calculate(node.op, a, b);
  }

  Value call(const Node& node) {
    const auto known = [](const std::optional<Nanos>& duration) {
      return duration ? Value::of(*duration) : Value();
    };
    switch (node.function) {
      case Function::abs: {
        const double* number = child(node, 0).number();
        return number == nullptr ? Value() : Value::of(std::abs(*number));
      }
      case Function::minimum:
      case Function::maximum:
        return extreme(node);
      case Function::backward_step:
        return Value::of(facts_.largest_step(-1, node.window, now_));
      case Function::forward_step:
        return Value::of(facts_.largest_step(1, node.window, now_));
      case Function::failing:
        return known(facts_.failing(node.word, now_));
      case Function::worked:
        return Value::of(probes_.worked(node.word, facts_));
      case Function::age:
        return age(node);
      case Function::max_over:
        return over(node, Window::Keep::largest);
      case Function::min_over:
        return over(node, Window::Keep::smallest);
      case Function::logged: {
        const auto count = facts_.logged(node.word, node.window, now_);
        return count ? Value::of(static_cast<double>(*count)) : Value();
      }
      case Function::captured: {
        const auto largest = facts_.captured(node.word, node.window, now_);
        return largest ? Value::of(*largest) : Value();
      }
      case Function::broken_by_jump:
      case Function::broken_by_log:
      case Function::up_through_jump:
      case Function::displaced:
      case Function::misplaced:
        return blame(node);
      case Function::jumped:
        return Value::of(facts_.jumped(*node.value.word(), node.window, now_));
    }
    return {};
  }

  Value blame(const Node& node) {
    const double* least = node.value.number();
    const CauseLimits limits{node.window, least ? std::optional(*least) : std::nullopt, held_};
    Blame found;
    if (node.function == Function::displaced || node.function == Function::misplaced) {
      const Moved moved = node.function == Function::displaced ? Moved::for_programs : Moved::wrong;
      const Causes causes = displacements_within(facts_, moved, limits, now_);
      found = {Value::of(!causes.list.empty()),
               causes.list.empty() ? causes.none : "by " + causes.list.back().name};
    } else {
      found = blame_on(node, limits);
    }
    reasons_[static_cast<std::uint32_t>(values_.size())] = std::move(found.why);
    return std::move(found.value);
  }

  [[nodiscard]] Blame blame_on(const Node& node, const CauseLimits& limits) const {
    const bool unit = expression_.nodes()[node.children[0]].kind == NodeKind::unit;
    const std::string& subject = expression_.nodes()[node.children[0]].word;
    if (node.function == Function::up_through_jump)
      return probes_.unit_up_through(
          subject, displacements_within(facts_, Moved::and_not_caught_up, limits, now_), facts_);
    const bool by_log = node.function == Function::broken_by_log;
    const std::optional<Causes> causes =
        by_log ? lines_within(facts_, node.word, limits, now_) : jumps_within(facts_, limits, now_);
    if (!causes) return {Value(), "the log of " + node.word + " cannot be read"};
    if (!unit) return probes_.probe_broken(subject, *causes, node.window, facts_);
    return probes_.unit_broken(subject, *causes, facts_,
                               by_log ? ProbeMemory::Proof::of_running : ProbeMemory::Proof::none);
  }

  [[nodiscard]] Value age(const Node& node) const {
    if (node.word.empty()) return facts_.get(node.fact, now_);
    const bool unit = expression_.nodes()[node.children[0]].kind == NodeKind::unit;
    const auto found = unit ? facts_.unit_age(node.word, now_) : facts_.probe_age(node.word, now_);
    return found ? Value::of(*found) : Value();
  }

  [[nodiscard]] Value extreme(const Node& node) const {
    const double* a = child(node, 0).number();
    const double* b = child(node, 1).number();
    if (a == nullptr || b == nullptr) return {};
    return Value::of(node.function == Function::minimum ? std::min(*a, *b) : std::max(*a, *b));
  }

  Value over(const Node& node, Window::Keep keep) {
    const auto index = static_cast<std::uint32_t>(values_.size());
    Window& window = windows_.try_emplace(index, keep, node.window).first->second;
    const double* number = child(node, 0).number();
    window.add(now_, number == nullptr ? std::nullopt : std::optional(*number));
    const std::optional<double> found = window.extreme(now_);
    return found ? Value::of(*found) : Value();
  }

  [[nodiscard]] const Value& child(const Node& node, std::size_t i) const {
    return values_[node.children[i]];
  }

  const Expression& expression_;
  const Facts& facts_;
  MonoTime now_;
  const ProbeMemory& probes_;
  WindowMemory& windows_;
  const HeldBack& held_;
  const Evaluation* earlier_;
  std::vector<Value> values_;
  std::map<std::uint32_t, std::string> reasons_;
};

}  // namespace

Evaluation evaluate(const Expression& expression, const Facts& facts, MonoTime now,
                    const ProbeMemory& probes, WindowMemory& windows, const HeldBack& held) {
  return Evaluator(expression, facts, now, probes, windows, held).run();
}

Evaluation evaluate_again(const Expression& expression, const Evaluation& earlier) {
  if (earlier.values.size() != expression.nodes().size())
    return {std::vector<Value>(expression.nodes().size()), {}};
  const Facts none;
  const ProbeMemory no_probes;
  WindowMemory no_windows;
  const HeldBack not_held;
  return Evaluator(expression, none, MonoTime{}, no_probes, no_windows, not_held, &earlier).run();
}

}  // namespace slewd::rules
