// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/parser.hpp"

#include <optional>
#include <utility>

#include "rules/lang/function_table.hpp"
#include "rules/lang/lexer.hpp"

namespace slewd::rules {
namespace {

using Index = std::uint32_t;

struct Binary {
  Operator op;
  int level;
};
constexpr int kOr = 1;
constexpr int kAnd = 2;
constexpr int kNot = 3;
constexpr int kComparison = 4;
constexpr int kSum = 5;
constexpr int kProduct = 6;
constexpr int kNegation = 7;

std::optional<Binary> binary_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::kw_or:
      return Binary{Operator::logical_or, kOr};
    case TokenKind::kw_and:
      return Binary{Operator::logical_and, kAnd};
    case TokenKind::less:
      return Binary{Operator::less, kComparison};
    case TokenKind::less_equal:
      return Binary{Operator::less_equal, kComparison};
    case TokenKind::greater:
      return Binary{Operator::greater, kComparison};
    case TokenKind::greater_equal:
      return Binary{Operator::greater_equal, kComparison};
    case TokenKind::equal:
      return Binary{Operator::equal, kComparison};
    case TokenKind::not_equal:
      return Binary{Operator::not_equal, kComparison};
    case TokenKind::plus:
      return Binary{Operator::add, kSum};
    case TokenKind::minus:
      return Binary{Operator::subtract, kSum};
    case TokenKind::star:
      return Binary{Operator::multiply, kProduct};
    case TokenKind::slash:
      return Binary{Operator::divide, kProduct};
    default:
      return std::nullopt;
  }
}

// Precedence climbing: each level loops over its operators and only nesting recurses.
class Parser {
 public:
  Parser(std::string_view text, const std::vector<Token>& tokens) : text_(text), tokens_(tokens) {}

  Result<std::vector<Node>> run() {
    if (now().kind == TokenKind::end)
      return fail_at(1, "the condition is empty; write for instance 'abs(offset) > 128ms'");
    if (const auto root = expression(kOr); !root) return fail(root.error());
    if (now().kind != TokenKind::end) return fail_at(column(), surplus());
    return std::move(nodes_);
  }

 private:
  Result<Index> expression(int lowest) {
    if (++depth_ > limits::kExpressionDepth)
      return fail_at(column(),
                     "nested deeper than " + std::to_string(limits::kExpressionDepth) + " levels");
    Result<Index> left = prefix(lowest);
    bool compared = false;
    while (left) {
      const auto binary = binary_of(now().kind);
      if (!binary || binary->level < lowest) break;
      if (binary->level == kComparison && std::exchange(compared, true))
        return fail_at(column(), "comparisons do not chain; write 'a < b and b < c'");
      const Token op = take();
      Result<Index> right = expression(binary->level + 1);
      if (!right) return right;
      Node node;
      node.kind = NodeKind::binary;
      node.op = binary->op;
      node.children = {*left, *right, 0, 0};
      node.child_count = 2;
      node.column = op.begin + 1;
      left = add(std::move(node), span_begin(*left), span_end(*right));
      // An and/or after a comparison starts afresh: "a < b and c < d".
      if (binary->level != kComparison) compared = false;
    }
    --depth_;
    return left;
  }

  Result<Index> prefix(int lowest) {
    const TokenKind kind = now().kind;
    if (kind != TokenKind::kw_not && kind != TokenKind::minus) return primary();
    if (kind == TokenKind::kw_not && lowest > kNot)
      return fail_at(column(), "'not' is not allowed here; put it in parentheses");
    const Token op = take();
    const bool negation = kind == TokenKind::kw_not;
    Result<Index> operand = expression(negation ? kNot : kNegation);
    if (!operand) return operand;
    Node node;
    node.kind = NodeKind::unary;
    node.op = negation ? Operator::logical_not : Operator::negate;
    node.children = {*operand, 0, 0, 0};
    node.child_count = 1;
    node.column = op.begin + 1;
    return add(std::move(node), op.begin, span_end(*operand));
  }

  Result<Index> primary() {
    const Token token = now();
    switch (token.kind) {
      case TokenKind::number:
      case TokenKind::text:
      case TokenKind::kw_true:
      case TokenKind::kw_false:
        return literal();
      case TokenKind::word:
        return next().kind == TokenKind::left ? call() : name();
      case TokenKind::left:
        return parentheses();
      case TokenKind::end:
        return fail_at(column(), "the condition ends too early: a value was expected");
      default:
        return fail_at(column(), "a value was expected, not '" + spelled(token) + "'");
    }
  }

  Result<Index> literal() {
    const Token token = take();
    Node node;
    node.kind = NodeKind::literal;
    node.column = token.begin + 1;
    if (token.kind == TokenKind::number) {
      node.type.dimension = token.dimension;
      node.value = token.value;
    } else if (token.kind == TokenKind::text) {
      node.type.dimension = Dimension::text;
      node.value = token.value;
    } else {
      node.value = Value::of(token.kind == TokenKind::kw_true);
    }
    return add(std::move(node), token.begin, token.end);
  }

  Result<Index> name() {
    const Token token = take();
    Node node;
    node.kind = NodeKind::name;
    node.word = spelled(token);
    node.column = token.begin + 1;
    return add(std::move(node), token.begin, token.end);
  }

  Result<Index> parentheses() {
    const Token open = take();
    Result<Index> inner = expression(kOr);
    if (!inner) return inner;
    if (now().kind != TokenKind::right)
      return fail_at(column(),
                     "')' was expected for the '(' in column " + std::to_string(open.begin + 1));
    nodes_[*inner].begin = open.begin;
    nodes_[*inner].end = take().end;
    return inner;
  }

  Result<Index> call() {
    const Token token = take();
    const FunctionInfo* function = find_function(spelled(token));
    if (function == nullptr)
      return fail_at(token.begin + 1, "unknown function '" + spelled(token) + "'" +
                                          suggest_function(spelled(token)));
    const Token open = take();
    Node node;
    node.kind = NodeKind::call;
    node.function = function->function;
    node.column = token.begin + 1;
    if (now().kind != TokenKind::right) {
      do {
        if (node.child_count == node.children.size()) return wrong_count(token, *function);
        Result<Index> argument = expression(kOr);
        if (!argument) return argument;
        node.children[node.child_count++] = *argument;
      } while (now().kind == TokenKind::comma && take().kind == TokenKind::comma);
    }
    if (now().kind != TokenKind::right)
      return fail_at(column(), "',' or ')' was expected for the '(' in column " +
                                   std::to_string(open.begin + 1));
    if (node.child_count < function->arguments ||
        node.child_count > function->arguments + function->more)
      return wrong_count(token, *function);
    const std::uint32_t end = take().end;
    return add(std::move(node), token.begin, end);
  }

  static tl::unexpected<Error> wrong_count(const Token& token, const FunctionInfo& function) {
    std::string count = std::to_string(function.arguments);
    if (function.more > 0) count += " or " + std::to_string(function.arguments + function.more);
    return fail_at(token.begin + 1, "'" + std::string(function.name) + "' takes " + count +
                                        (count == "1" ? " value: " : " values: ") +
                                        std::string(function.usage));
  }

  Result<Index> add(Node node, std::uint32_t begin, std::uint32_t end) {
    if (nodes_.size() >= limits::kExpressionNodes)
      return fail_at(node.column, "more than " + std::to_string(limits::kExpressionNodes) +
                                      " parts in one condition");
    node.begin = begin;
    node.end = end;
    nodes_.push_back(std::move(node));
    return static_cast<Index>(nodes_.size() - 1);
  }

  [[nodiscard]] std::string surplus() const {
    if (now().kind == TokenKind::right) return "')' without a '('";
    return "an operator was expected before '" + spelled(now()) + "'";
  }

  [[nodiscard]] std::string spelled(const Token& token) const {
    return std::string(text_.substr(token.begin, token.end - token.begin));
  }
  [[nodiscard]] std::uint32_t span_begin(Index index) const { return nodes_[index].begin; }
  [[nodiscard]] std::uint32_t span_end(Index index) const { return nodes_[index].end; }
  [[nodiscard]] const Token& now() const { return tokens_[at_]; }
  [[nodiscard]] const Token& next() const {
    return tokens_[at_ + 1 < tokens_.size() ? at_ + 1 : at_];
  }
  // The end token is never passed.
  const Token& take() { return tokens_[at_ + 1 < tokens_.size() ? at_++ : at_]; }
  [[nodiscard]] std::uint32_t column() const { return now().begin + 1; }

  std::string_view text_;
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::vector<Node> nodes_;
};

}  // namespace

Result<std::vector<Node>> parse_condition(std::string_view text) {
  const Result<std::vector<Token>> tokens = tokenize(text);
  if (!tokens) return fail(tokens.error());
  return Parser(text, *tokens).run();
}

}  // namespace slewd::rules
