// SPDX-License-Identifier: Apache-2.0
#include "rules/lang/lexer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/duration.hpp"
#include "base/limits.hpp"

namespace slewd::rules {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

constexpr std::array<std::pair<std::string_view, TokenKind>, 5> kKeywords{
    {{"and", TokenKind::kw_and},
     {"or", TokenKind::kw_or},
     {"not", TokenKind::kw_not},
     {"true", TokenKind::kw_true},
     {"false", TokenKind::kw_false}}};

// Longer marks first, so that "<=" is not read as "<".
constexpr std::array<std::pair<std::string_view, TokenKind>, 13> kMarks{
    {{"<=", TokenKind::less_equal},
     {">=", TokenKind::greater_equal},
     {"==", TokenKind::equal},
     {"!=", TokenKind::not_equal},
     {"<", TokenKind::less},
     {">", TokenKind::greater},
     {"+", TokenKind::plus},
     {"-", TokenKind::minus},
     {"*", TokenKind::star},
     {"/", TokenKind::slash},
     {"(", TokenKind::left},
     {")", TokenKind::right},
     {",", TokenKind::comma}}};

// Operators of other languages.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kOtherLanguages{
    {{"&&", "and"},
     {"||", "or"},
     {"=", "=="},
     {"!", "not"},
     {"&", "and"},
     {"|", "or"},
     {"~", "=="}}};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    while (true) {
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
      if (at_ == text_.size()) break;
      if (Result<void> read = next(); !read) return fail(std::move(read.error()));
    }
    add(TokenKind::end, at_);
    return std::move(tokens_);
  }

 private:
  Result<void> next() {
    const char c = text_[at_];
    if (is_digit(c)) return number();
    if (is_letter(c)) return word();
    if (c == '"' || c == '\'') return quoted(c);
    const std::string_view rest = text_.substr(at_);
    for (const auto& [mark, kind] : kMarks) {
      if (!rest.starts_with(mark)) continue;
      add(kind, at_ + mark.size());
      return {};
    }
    for (const auto& [mark, ours] : kOtherLanguages)
      if (rest.starts_with(mark))
        return fail_at(column(), "'" + std::string(mark) + "' is not an operator; write '" +
                                     std::string(ours) + "'");
    return fail_at(column(), show_byte(c) + " is not allowed here");
  }

  // Names may contain '-' between letters or digits, as the names of targets do: "my-imap.login".
  Result<void> word() {
    std::size_t end = at_;
    const auto inside = [&](std::size_t i) {
      return i < text_.size() && (is_letter(text_[i]) || is_digit(text_[i]));
    };
    while (inside(end) ||
           (end < text_.size() && (text_[end] == '.' || text_[end] == '-') && inside(end + 1)))
      ++end;
    const std::string_view name = text_.substr(at_, end - at_);
    TokenKind kind = TokenKind::word;
    for (const auto& [keyword, of_keyword] : kKeywords)
      if (keyword == name) kind = of_keyword;
    add(kind, end);
    return {};
  }

  Result<void> quoted(char quote) {
    const std::size_t close = text_.find(quote, at_ + 1);
    if (close == std::string_view::npos)
      return fail_at(column(), "the string that starts here has no closing quote");
    const std::string_view inner = text_.substr(at_ + 1, close - at_ - 1);
    add(TokenKind::text, close + 1);
    tokens_.back().value = Value::of(inner);
    return {};
  }

  // A number with its unit: "128ms", "1h30m", "500ppm", "20%", "3".
  Result<void> number() {
    std::size_t end = at_;
    while (end < text_.size() &&
           (is_digit(text_[end]) || is_letter(text_[end]) || text_[end] == '.'))
      ++end;
    if (end < text_.size() && text_[end] == '%') ++end;
    const std::string_view whole = text_.substr(at_, end - at_);
    double plain = 0;
    const auto parsed =
        std::from_chars(whole.data(), whole.data() + whole.size(), plain, std::chars_format::fixed);
    if (parsed.ec != std::errc{} || !std::isfinite(plain))
      return fail_at(column(), "'" + std::string(whole) + "' is not a number");
    const std::string_view unit = whole.substr(static_cast<std::size_t>(parsed.ptr - whole.data()));
    if (unit.empty()) return number(end, Value::of(plain), Dimension::count);
    if (unit == "%") return number(end, Value::of(plain / 1e2), Dimension::ratio);
    if (unit == "ppm") return number(end, Value::of(Ppm{plain}), Dimension::ratio);
    const Result<Nanos> duration = parse_duration(whole);
    if (!duration) return fail_at(column(), duration.error().message() + "; ratios take % or ppm");
    return number(end, Value::of(*duration), Dimension::seconds);
  }

  Result<void> number(std::size_t end, Value value, Dimension dimension) {
    add(TokenKind::number, end);
    tokens_.back().value = std::move(value);
    tokens_.back().dimension = dimension;
    return {};
  }

  void add(TokenKind kind, std::size_t end) {
    tokens_.push_back({kind, static_cast<std::uint32_t>(at_), static_cast<std::uint32_t>(end),
                       Value(), Dimension::count});
    at_ = end;
  }

  [[nodiscard]] std::uint32_t column() const { return static_cast<std::uint32_t>(at_) + 1; }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view text) {
  if (text.size() > limits::kExpressionBytes)
    return fail(ErrorCode::limit, "the condition is longer than " +
                                      std::to_string(limits::kExpressionBytes) + " bytes");
  return Lexer(text).run();
}

tl::unexpected<Error> fail_at(std::uint32_t column, const std::string& what) {
  return fail(ErrorCode::invalid, "column " + std::to_string(column) + ": " + what);
}

std::string show_byte(char byte) {
  if (byte > ' ' && byte < 0x7f) return std::string("'") + byte + "'";
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  return std::string("byte 0x") + kHex[value >> 4U] + kHex[value & 15U];
}

}  // namespace slewd::rules
