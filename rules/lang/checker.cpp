// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/checker.hpp"

#include <algorithm>
#include <utility>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "rules/lang/function_table.hpp"
#include "rules/lang/lexer.hpp"
#include "rules/lang/name_help.hpp"
#include "rules/lang/type_rules.hpp"

namespace slewd::rules {
namespace {

constexpr Nanos kLongestWindow = std::chrono::seconds(limits::kWindowSeconds);

bool is_number_without_unit(const Node& node) {
  return node.kind == NodeKind::literal && node.type.dimension == Dimension::count;
}

class Checker {
 public:
  Checker(std::string_view text, const Vocabulary& vocabulary, std::vector<Node>& nodes)
      : text_(text), vocabulary_(vocabulary), nodes_(nodes) {}

  Result<void> run() {
    for (Node& node : nodes_)
      if (Result<void> checked = check(node); !checked) return checked;
    return need_truth(nodes_.back(), "a condition is true or false");
  }

 private:
  Result<void> check(Node& node) {
    switch (node.kind) {
      case NodeKind::name:
        resolve(node);
        return {};
      case NodeKind::unary:
        return check_unary(node);
      case NodeKind::binary:
        return check_binary(node);
      case NodeKind::call:
        return check_call(node);
      default:
        return {};
    }
  }

  // A name that is neither fact nor probe stays a name: the parent may take it for a symbol or
  // for the argument of failing().
  void resolve(Node& node) {
    if (const FactInfo* fact = find_fact(node.word); fact != nullptr) {
      node.kind = NodeKind::fact;
      node.fact = fact->fact;
      node.type = fact->type;
      return;
    }
    constexpr std::string_view kOfProbe = "probe.";
    constexpr std::string_view kOfUnit = "unit.";
    if (node.word.starts_with(kOfProbe)) become_probe(node, node.word.substr(kOfProbe.size()));
    if (node.word.starts_with(kOfUnit)) become_unit(node, node.word.substr(kOfUnit.size()));
  }

  void become_unit(Node& node, const std::string& target) {
    if (std::ranges::find(vocabulary_.units, target) == vocabulary_.units.end()) return;
    node.kind = NodeKind::unit;
    node.type = unit_type();
    node.word = target;
  }

  bool become_probe(Node& node, const std::string& name) {
    if (!is_probe(name, vocabulary_) && !is_target(name, vocabulary_)) return false;
    node.kind = NodeKind::probe;
    node.type = probe_type();
    node.word = name;
    return true;
  }

  Result<void> need_known(const Node& node) {
    if (node.kind != NodeKind::name) return {};
    return fail_at(node.column, unknown_fact(node.word, vocabulary_));
  }

  Result<void> need_truth(const Node& node, const std::string& why) {
    if (Result<void> known = need_known(node); !known) return known;
    if (node.type.dimension == Dimension::truth) return {};
    const std::string text = text_of(node);
    std::string example = text + " == ...";
    if (node.type.dimension == Dimension::seconds) example = text + " > 128ms";
    if (node.type.dimension == Dimension::ratio) example = text + " > 50ppm";
    if (node.type.dimension == Dimension::count) example = text + " >= 2";
    if (node.type.dimension == Dimension::symbol)
      example = text + " == " + std::string(node.type.symbols.back());
    return fail_at(node.column, why + ", '" + text + "' is " +
                                    std::string(to_string(node.type.dimension)) +
                                    "; write for instance '" + example + "'");
  }

  Result<void> need_number(const Node& node, const std::string& what) {
    if (Result<void> known = need_known(node); !known) return known;
    if (node.type.is_number()) return {};
    return fail_at(node.column, what + " takes numbers, '" + text_of(node) + "' is " +
                                    std::string(to_string(node.type.dimension)));
  }

  Result<void> check_unary(Node& node) {
    const Node& operand = child(node, 0);
    if (node.op == Operator::logical_not) return need_truth(operand, "'not' needs a condition");
    if (Result<void> number = need_number(operand, "'-'"); !number) return number;
    node.type = operand.type;
    return {};
  }

  Result<void> check_binary(Node& node) {
    Node& left = child(node, 0);
    Node& right = child(node, 1);
    if (node.op == Operator::logical_and || node.op == Operator::logical_or) {
      const std::string why = "'" + std::string(spelling(node.op)) + "' joins conditions";
      if (Result<void> truth = need_truth(left, why); !truth) return truth;
      return need_truth(right, why);
    }
    if (is_comparison(node.op)) return check_comparison(node, left, right);
    const std::string what = "'" + std::string(spelling(node.op)) + "'";
    if (Result<void> number = need_number(left, what); !number) return number;
    if (Result<void> number = need_number(right, what); !number) return number;
    if (node.op == Operator::add || node.op == Operator::subtract) adapt_zero(left, right);
    const auto result = arithmetic_result(node.op, left.type.dimension, right.type.dimension);
    if (!result) return mismatch(node, left, right);
    node.type.dimension = *result;
    return {};
  }

  Result<void> check_comparison(Node& node, Node& left, Node& right) {
    if (Result<void> taken = take_symbol(left, right); !taken) return taken;
    if (Result<void> taken = take_symbol(right, left); !taken) return taken;
    if (Result<void> known = need_known(left); !known) return known;
    if (Result<void> known = need_known(right); !known) return known;
    adapt_zero(left, right);
    if (!comparable(node.op, left.type, right.type)) return mismatch(node, left, right);
    return {};
  }

  // `word == fact`: a bare or quoted word beside a symbol fact is one of the fact's symbols.
  Result<void> take_symbol(Node& word, const Node& fact) {
    const bool bare = word.kind == NodeKind::name;
    const bool quoted = word.kind == NodeKind::literal && word.type.dimension == Dimension::text;
    if ((!bare && !quoted) || fact.kind == NodeKind::name ||
        fact.type.dimension != Dimension::symbol)
      return {};
    const std::string spelled = quoted ? *word.value.word() : word.word;
    const auto symbols = fact.type.symbols;
    const auto found = std::ranges::find_if(
        symbols, [&](std::string_view symbol) { return same_ignoring_case(symbol, spelled); });
    if (found == symbols.end()) return fail_at(word.column, unknown_symbol(spelled, symbols));
    const bool observed = fact.kind == NodeKind::probe || fact.kind == NodeKind::unit;
    if (observed && found == symbols.begin())
      return fail_at(word.column, "comparing with 'unknown' is never true");
    word.kind = NodeKind::literal;
    word.type = fact.type;
    word.value = Value::of(*found);
    return {};
  }

  // Zero needs no unit: "offset < 0".
  static void adapt_zero(Node& left, Node& right) {
    const auto is_zero = [](const Node& node) {
      return is_number_without_unit(node) && *node.value.number() == 0;
    };
    if (is_zero(right) && left.type.is_number()) right.type = left.type;
    if (is_zero(left) && right.type.is_number()) left.type = right.type;
  }

  Result<void> mismatch(const Node& node, const Node& left, const Node& right) {
    const auto unit_help = [&](const Node& number, const Node& other) -> std::string {
      if (!is_number_without_unit(number)) return "";
      const std::string text = text_of(number);
      if (other.type.dimension == Dimension::seconds)
        return "; '" + text + "' needs a unit: " + text + "s or " + text + "ms";
      if (other.type.dimension == Dimension::ratio)
        return "; '" + text + "' needs a unit: " + text + "% or " + text + "ppm";
      return "";
    };
    std::string text = "'" + std::string(spelling(node.op)) +
                       "' needs operands of the same unit; '" + text_of(left) + "' is " +
                       std::string(to_string(left.type.dimension)) + ", '" + text_of(right) +
                       "' is " + std::string(to_string(right.type.dimension));
    if (left.type.dimension == right.type.dimension)
      text = "'" + std::string(spelling(node.op)) + "' cannot have " +
             std::string(to_string(left.type.dimension)) + " on both sides";
    return fail_at(node.column, text + unit_help(left, right) + unit_help(right, left));
  }

  Result<void> check_call(Node& node) {
    switch (node.function) {
      case Function::abs:
        return check_abs(node);
      case Function::minimum:
      case Function::maximum:
        return check_extreme(node);
      case Function::backward_step:
      case Function::forward_step:
        node.type.dimension = Dimension::seconds;
        return take_window(node, child(node, 0));
      case Function::failing:
      case Function::worked:
        if (node.function == Function::failing) node.type.dimension = Dimension::seconds;
        return take_probe(node);
      case Function::age:
        node.type.dimension = Dimension::seconds;
        return take_age(node);
      case Function::max_over:
      case Function::min_over:
        if (Result<void> number = need_number(child(node, 0), called(node)); !number) return number;
        node.type = child(node, 0).type;
        return take_window(node, child(node, 1));
      case Function::logged:
      case Function::captured:
        if (Result<void> log = take_log(node, child(node, 0)); !log) return log;
        return take_window(node, child(node, 1));
      case Function::broken_by_jump:
      case Function::broken_by_log:
      case Function::up_through_jump:
        return check_blame(node);
      case Function::displaced:
      case Function::misplaced:
        if (Result<void> window = take_window(node, child(node, 0)); !window) return window;
        return take_size(node, child(node, 1), Dimension::seconds);
      case Function::jumped:
        return check_jumped(node);
    }
    return {};
  }

  // The cause: a jump, or the event of a log line.
  Result<void> check_blame(Node& node) {
    Node& subject = child(node, 0);
    const bool unit = subject.kind == NodeKind::unit;
    if (node.function == Function::up_through_jump && !unit)
      return fail_at(subject.column, called(node) + " takes a unit, for instance '" +
                                         std::string(info(node.function).usage) + "'");
    if (!unit)
      if (Result<void> probe = take_probe(node); !probe) return probe;
    std::uint32_t next = 1;
    Dimension dimension = Dimension::seconds;
    if (node.function == Function::broken_by_log) {
      Node& log = child(node, next++);
      if (Result<void> taken = take_log(node, log); !taken) return taken;
      dimension = std::exchange(node.type.dimension, Dimension::truth);
    }
    if (Result<void> window = take_window(node, child(node, next++)); !window) return window;
    return next < node.child_count ? take_size(node, child(node, next), dimension) : Result<void>();
  }

  Result<void> check_jumped(Node& node) {
    Node& cause = child(node, 0);
    Node fact;
    fact.kind = NodeKind::fact;
    fact.type = info(Fact::jump_cause).type;
    if (Result<void> taken = take_symbol(cause, fact); !taken) return taken;
    if (cause.kind != NodeKind::literal || cause.type.dimension != Dimension::symbol)
      return fail_at(cause.column, called(node) + " takes a value of jump.cause, for instance '" +
                                       std::string(info(node.function).usage) + "'");
    node.value = cause.value;
    return take_window(node, child(node, 1));
  }

  // The smallest size that counts; for jumps with its sign.
  Result<void> take_size(Node& node, const Node& argument, Dimension dimension) {
    const bool negative = argument.kind == NodeKind::unary && argument.op == Operator::negate;
    const Node& number = negative ? child(argument, 0) : argument;
    const double* value = number.value.number();
    if (number.kind != NodeKind::literal || value == nullptr || *value == 0 ||
        number.type.dimension != dimension)
      return fail_at(argument.column, called(node) + " takes a fixed size here, for instance '" +
                                          std::string(info(node.function).usage) + "'");
    node.value = Value::of(negative ? -*value : *value);
    return {};
  }

  Result<void> take_log(Node& node, const Node& argument) {
    const auto log = std::ranges::find(vocabulary_.logs, text_of(argument), &Vocabulary::Log::name);
    if (argument.kind != NodeKind::name || log == vocabulary_.logs.end())
      return fail_at(argument.column, unknown_log(text_of(argument), vocabulary_));
    node.type.dimension = Dimension::count;
    node.word = log->name;
    const bool wants_number = node.function == Function::captured || node.child_count == 4;
    if (!wants_number) return {};
    if (!log->captures)
      return fail_at(argument.column,
                     "the trigger '" + log->name +
                         R"(' has no capture group; put parentheses around the number )"
                         R"(and add "captures": "seconds" or "number")");
    node.type.dimension = *log->captures;
    return {};
  }

  Result<void> check_abs(Node& node) {
    if (Result<void> number = need_number(child(node, 0), called(node)); !number) return number;
    node.type = child(node, 0).type;
    return {};
  }

  Result<void> check_extreme(Node& node) {
    Node& left = child(node, 0);
    Node& right = child(node, 1);
    for (const Node* value : {&left, &right})
      if (Result<void> number = need_number(*value, called(node)); !number) return number;
    adapt_zero(left, right);
    if (left.type.dimension != right.type.dimension)
      return fail_at(node.column,
                     called(node) + " needs values of the same unit; '" + text_of(left) + "' is " +
                         std::string(to_string(left.type.dimension)) + ", '" + text_of(right) +
                         "' is " + std::string(to_string(right.type.dimension)));
    node.type = left.type;
    return {};
  }

  Result<void> take_window(Node& node, const Node& argument) {
    if (argument.kind != NodeKind::literal || argument.type.dimension != Dimension::seconds)
      return fail_at(argument.column, called(node) + " takes a fixed time here, for instance '" +
                                          std::string(info(node.function).usage) + "'");
    node.window = from_seconds(*argument.value.number());
    if (node.window > Nanos{0} && node.window <= kLongestWindow) return {};
    return fail_at(argument.column,
                   "the time of " + called(node) + " is outside 1ns to " + format(kLongestWindow));
  }

  Result<void> take_probe(Node& node) {
    Node& argument = child(node, 0);
    if (argument.kind != NodeKind::probe &&
        (argument.kind != NodeKind::name || !become_probe(argument, argument.word)))
      return fail_at(argument.column, unknown_probe(text_of(argument), vocabulary_));
    node.word = argument.word;
    return {};
  }

  Result<void> take_age(Node& node) {
    Node& argument = child(node, 0);
    if (argument.kind == NodeKind::probe) {
      if (is_target(argument.word, vocabulary_))
        return fail_at(argument.column, "a target has no age; name one of its probes");
      node.word = argument.word;
      return {};
    }
    if (argument.kind == NodeKind::unit) {
      node.word = argument.word;
      return {};
    }
    if (argument.kind == NodeKind::name && (argument.word == "jump" || argument.word == "update")) {
      argument.kind = NodeKind::fact;
      argument.fact = argument.word == "jump" ? Fact::jump_age : Fact::update_age;
      argument.type = info(argument.fact).type;
      node.fact = argument.fact;
      return {};
    }
    if (Result<void> known = need_known(argument); !known) return known;
    if (argument.kind != NodeKind::fact || !info(argument.fact).age)
      return fail_at(argument.column, "the age of '" + text_of(argument) +
                                          "' is not kept; it is of phase, jump, update, a fact "
                                          "of the clock estimate, a probe or a unit");
    node.fact = *info(argument.fact).age;
    return {};
  }

  [[nodiscard]] Node& child(const Node& node, std::size_t i) const {
    return nodes_[node.children[i]];
  }
  [[nodiscard]] std::string text_of(const Node& node) const {
    return std::string(text_.substr(node.begin, node.end - node.begin));
  }
  static std::string called(const Node& node) {
    return "'" + std::string(info(node.function).name) + "'";
  }

  std::string_view text_;
  const Vocabulary& vocabulary_;
  std::vector<Node>& nodes_;
};

}  // namespace

Result<void> check_condition(std::string_view text, const Vocabulary& vocabulary,
                             std::vector<Node>& nodes) {
  return Checker(text, vocabulary, nodes).run();
}

}  // namespace slewd::rules
