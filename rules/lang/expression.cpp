// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/expression.hpp"

#include <algorithm>

#include "rules/lang/checker.hpp"
#include "rules/lang/parser.hpp"

namespace slewd::rules {

Result<Expression> Expression::compile(std::string_view text, const Vocabulary& vocabulary) {
  Result<std::vector<Node>> nodes = parse_condition(text);
  if (!nodes) return fail(std::move(nodes.error()));
  if (Result<void> checked = check_condition(text, vocabulary, *nodes); !checked)
    return fail(std::move(checked.error()));
  Expression expression;
  expression.text_ = std::string(text);
  expression.nodes_ = std::move(*nodes);
  return expression;
}

std::vector<std::string> Expression::reads() const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) {
    std::string name;
    if (node.kind == NodeKind::fact) name = std::string(info(node.fact).name);
    if (node.kind == NodeKind::probe) name = "probe." + node.word;
    if (node.kind == NodeKind::unit) name = "unit." + node.word;
    if (!name.empty() && std::ranges::find(names, name) == names.end())
      names.push_back(std::move(name));
  }
  return names;
}

bool Expression::calls(Function function) const {
  return std::ranges::any_of(nodes_, [&](const Node& node) {
    return node.kind == NodeKind::call && node.function == function;
  });
}

}  // namespace slewd::rules
