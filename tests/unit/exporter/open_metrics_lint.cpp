// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/exporter/open_metrics_lint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "base/text.hpp"

namespace slewd::exporter {
namespace {

constexpr std::string_view kNameChars =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:";

bool take(std::string_view& text, std::string_view token) {
  if (!text.starts_with(token)) return false;
  text.remove_prefix(token.size());
  return true;
}

// Takes the longest name from the front; empty when there is none.
std::string take_name(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of(kNameChars), text.size());
  std::string name(text.substr(0, end));
  text.remove_prefix(end);
  if (!name.empty() && name[0] >= '0' && name[0] <= '9') name.clear();
  return name;
}

// Takes `"..."`; only a quote, a backslash and an n may follow a backslash.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (!take(text, "\"")) return {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      std::string value(text.substr(0, i));
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] != '\\') continue;
    ++i;
    if (i == text.size() || (text[i] != '"' && text[i] != '\\' && text[i] != 'n')) return {};
  }
  return {};
}

bool is_number(std::string_view text) {
  if (text == "NaN" || text == "+Inf" || text == "-Inf") return true;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() &&
         text.find_first_not_of("+-.0123456789e") == std::string_view::npos;
}

// "0.5", "1.0", "1e-05", "+Inf"; not "1".
bool is_canonical_bound(std::string_view text) {
  return is_number(text) && (text == "+Inf" || text.find_first_of(".e") != std::string_view::npos);
}

class Linter {
 public:
  void line(const std::string& text) {
    std::string_view rest = text;
    const bool good = take(rest, "# ") ? meta(text, rest) : sample(text, rest);
    if (!good) fault(text, "can not be read");
  }

  void fault(const std::string& text, const std::string& what) {
    faults_.push_back("'" + text + "' " + what);
  }
  [[nodiscard]] std::vector<std::string> take_faults() { return std::move(faults_); }

 private:
  bool meta(const std::string& text, std::string_view rest) {
    const std::string kind = take_name(rest);
    if (!take(rest, " ") || (kind != "HELP" && kind != "TYPE" && kind != "UNIT")) return false;
    const std::string name = take_name(rest);
    if (name.empty() || !take(rest, " ")) return false;
    if (name != family_) {
      if (!seen_.insert(name).second) fault(text, "comes back to a family that was left");
      family_ = name;
      type_.clear();
    }
    if (kind == "TYPE") type_ = rest;
    if (kind == "TYPE" && rest == "counter" && name.ends_with("_total")) {
      fault(text, "names a counter family with _total");
    }
    if (kind == "UNIT" && !name.ends_with("_" + std::string(rest))) {
      fault(text, "has no name of this unit");
    }
    return true;
  }

  bool sample(const std::string& text, std::string_view rest) {
    const std::string name = take_name(rest);
    if (name.empty() || !labels(text, rest) || !take(rest, " ") || !is_number(rest)) return false;
    if (!series_.insert(text.substr(0, text.rfind(' '))).second) fault(text, "is there twice");
    std::set<std::string> allowed{family_};
    if (type_ == "counter") allowed = {family_ + "_total"};
    if (type_ == "histogram") allowed = {family_ + "_bucket", family_ + "_sum", family_ + "_count"};
    if (!allowed.contains(name)) fault(text, "is no sample of family " + family_);
    return true;
  }

  bool labels(const std::string& text, std::string_view& rest) {
    if (!take(rest, "{")) return true;
    do {
      const std::string label = take_name(rest);
      if (label.empty() || !take(rest, "=")) return false;
      const auto value = take_quoted(rest);
      if (!value) return false;
      if (label == "le" && !is_canonical_bound(*value)) {
        fault(text, "has a bound that is no canonical float");
      }
    } while (take(rest, ","));
    return take(rest, "}");
  }

  std::string family_;
  std::string type_;
  std::set<std::string> seen_;
  std::set<std::string> series_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> lint_open_metrics(std::string_view page) {
  Linter linter;
  if (!page.ends_with("\n# EOF\n")) linter.fault("the page", "does not end in # EOF");
  for (const std::string_view line : split(page, '\n')) {
    if (!line.empty() && line != "# EOF") linter.line(std::string(line));
  }
  return linter.take_faults();
}

}  // namespace slewd::exporter
