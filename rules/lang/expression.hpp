// SPDX-License-Identifier: Apache-2.0
// A checked condition: the flat tree that the parser built, with the types, facts and functions
// that the checker resolved. Children stand before their parents, so one pass without recursion
// evaluates it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.hpp"
#include "base/result.hpp"
#include "rules/facts.hpp"
#include "rules/lang/value.hpp"

namespace slewd::rules {

enum class Operator {
  logical_or,
  logical_and,
  logical_not,
  less,
  less_equal,
  greater,
  greater_equal,
  equal,
  not_equal,
  add,
  subtract,
  multiply,
  divide,
  negate,
};

enum class NodeKind {
  literal,  // `value`
  name,     // before the check: a word that is a fact or a symbol
  fact,     // `fact`
  probe,    // state of the probe or target `word`
  unit,     // state of the unit of the target `word`
  unary,    // `op` over children[0]
  binary,   // `op` over both children
  call,     // `function` over its children, its probe `word` or its `window`
};

enum class Function {
  abs,
  minimum,
  maximum,  // of values
  backward_step,
  forward_step,  // largest step within `window`
  failing,
  worked,  // of the probe or target `word`
  age,     // of `fact`, or of the state of the probe `word`
  max_over,
  min_over,  // of children[0] within `window`
  logged,
  captured,  // of the log trigger `word` within `window`
  // Of the probe, target or unit that is children[0], and of jumps within `window` that are at
  // least of the signed size `value`, if it has one; or of lines of the trigger `word`.
  broken_by_jump,
  broken_by_log,
  up_through_jump,
  displaced,  // the clock itself, the same way
  misplaced,  // the same against true time
  jumped,     // by the cause `value`, within `window`
};

struct Node {
  NodeKind kind = NodeKind::literal;
  Operator op = Operator::logical_or;
  Function function = Function::abs;
  Fact fact = Fact::offset;
  Type type;
  std::array<std::uint32_t, 4> children{};
  std::uint32_t child_count = 0;
  std::uint32_t begin = 0;  // bytes of the text that this node covers
  std::uint32_t end = 0;
  std::uint32_t column = 1;  // 1-based, of the operator or of the first byte
  Value value;
  std::string word;  // as written; after the check: the name of a probe ("dovecot.login")
  Nanos window{};
};

// The names of one rule file besides the facts: its targets with their probes.
struct Vocabulary {
  std::vector<std::string> targets;  // "dovecot"
  std::vector<std::string> probes;   // "dovecot.login"
  std::vector<std::string> units;    // targets that have a unit: "dovecot"
  struct Log {
    std::string name;                   // "dovecot.stall"
    std::optional<Dimension> captures;  // what its capture is; none = it has none
  };
  std::vector<Log> logs;
};

class Expression {
 public:
  Expression() = default;

  // Parses and checks a condition. An error names the column and suggests a correction.
  [[nodiscard]] static Result<Expression> compile(std::string_view text,
                                                  const Vocabulary& vocabulary);

  [[nodiscard]] const std::string& text() const { return text_; }
  // The last node is the root; empty only when default constructed.
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] std::string_view text_of(const Node& node) const {
    return std::string_view(text_).substr(node.begin, node.end - node.begin);
  }
  // The facts and probes that it reads, each once: "offset", "probe.dovecot.login".
  [[nodiscard]] std::vector<std::string> reads() const;
  [[nodiscard]] bool calls(Function function) const;

 private:
  std::string text_;
  std::vector<Node> nodes_;
};

}  // namespace slewd::rules
