// SPDX-License-Identifier: Apache-2.0
// The text form of an evaluation: the values behind a decision.
#include <optional>

#include "rules/engine/evaluator.hpp"
#include "rules/lang/type_rules.hpp"

namespace slewd::rules {
namespace {

class Explainer {
 public:
  Explainer(const Expression& expression, const Evaluation& evaluation, bool reasons)
      : expression_(expression), evaluation_(evaluation), reasons_(reasons) {}

  std::string run() {
    const std::size_t count = expression_.nodes().size();
    if (count == 0 || evaluation_.values.size() != count) return "not yet evaluated";
    // Depth first from the root, right before left on the stack, so that clauses keep their order.
    std::vector<std::size_t> open{count - 1};
    while (!open.empty()) {
      const std::size_t index = open.back();
      open.pop_back();
      const Node& node = expression_.nodes()[index];
      if (!joins(node)) {
        clause(index);
        continue;
      }
      for (std::uint32_t i = node.child_count; i > 0; --i) open.push_back(node.children[i - 1]);
    }
    return std::move(text_);
  }

 private:
  static bool joins(const Node& node) {
    return (node.kind == NodeKind::unary && node.op == Operator::logical_not) ||
           (node.kind == NodeKind::binary &&
            (node.op == Operator::logical_and || node.op == Operator::logical_or));
  }

  void clause(std::size_t index) {
    const Node& node = expression_.nodes()[index];
    if (!text_.empty()) text_ += "; ";
    if (node.kind == NodeKind::binary && is_comparison(node.op))
      text_ += operand(node.children[0]) + " " + std::string(spelling(node.op)) + " " +
               operand(node.children[1]);
    else
      text_ += expression_.text_of(node);
    text_ += ": " + describe(evaluation_.values[index], Dimension::truth);
    const auto why = evaluation_.reasons.find(static_cast<std::uint32_t>(index));
    if (reasons_ && why != evaluation_.reasons.end()) text_ += " (" + why->second + ")";
  }

  // "abs(offset)=20ms"; a literal is its own value.
  std::string operand(std::size_t index) {
    const Node& node = expression_.nodes()[index];
    std::string text(expression_.text_of(node));
    if (is_constant(node)) return text;
    if (node.kind == NodeKind::binary && !text.starts_with('(')) {
      text.insert(text.begin(), '(');
      text += ')';
    }
    return text + "=" + describe(evaluation_.values[index], node.type.dimension);
  }

  [[nodiscard]] bool is_constant(const Node& node) const {
    if (node.kind == NodeKind::unary) return is_constant(expression_.nodes()[node.children[0]]);
    return node.kind == NodeKind::literal;
  }

  const Expression& expression_;
  const Evaluation& evaluation_;
  bool reasons_;
  std::string text_;
};

}  // namespace

std::string explain(const Expression& expression, const Evaluation& evaluation) {
  return Explainer(expression, evaluation, false).run();
}

std::string explain_why(const Expression& expression, const Evaluation& evaluation) {
  return Explainer(expression, evaluation, true).run();
}

}  // namespace slewd::rules
