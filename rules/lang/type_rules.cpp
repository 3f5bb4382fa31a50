// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/type_rules.hpp"

#include <array>

namespace slewd::rules {

std::optional<Dimension> arithmetic_result(Operator op, Dimension a, Dimension b) {
  const auto is_factor = [](Dimension d) { return d == Dimension::count || d == Dimension::ratio; };
  switch (op) {
    case Operator::add:
    case Operator::subtract:
      return a == b ? std::optional(a) : std::nullopt;
    case Operator::multiply:
      if (a == Dimension::seconds && is_factor(b)) return a;
      if (b == Dimension::seconds && is_factor(a)) return b;
      if (!is_factor(a) || !is_factor(b)) return std::nullopt;
      return a == Dimension::ratio ? a : b;
    case Operator::divide:
      if (a == b) return Dimension::ratio;
      return is_factor(b) ? std::optional(a) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool is_comparison(Operator op) {
  switch (op) {
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
    case Operator::equal:
    case Operator::not_equal:
      return true;
    default:
      return false;
  }
}

bool comparable(Operator op, const Type& a, const Type& b) {
  if (a.dimension != b.dimension) return false;
  if (a.is_number()) return true;
  if (op != Operator::equal && op != Operator::not_equal) return false;
  return a.dimension != Dimension::symbol || a.symbols.data() == b.symbols.data();
}

std::string_view spelling(Operator op) {
  constexpr std::array<std::string_view, 14> kSpellings{
      "or", "and", "not", "<", "<=", ">", ">=", "==", "!=", "+", "-", "*", "/", "-"};
  return kSpellings[static_cast<std::size_t>(op)];
}

}  // namespace slewd::rules
