#include "tests/unit/exporter/open_metrics_lint.hpp"

#include <regex>
#include <set>

#include "base/text.hpp"

namespace slewd::exporter {
namespace {

const std::regex kMeta(R"(# (HELP|TYPE|UNIT) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+))");
const std::regex kSample(
    R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\["n\\])*",?)+\})? (NaN|[+-]Inf|-?[0-9.]+(e[+-]?[0-9]+)?))re");
const std::regex kBound(R"re([{,]le="([^"]*)")re");
const std::regex kCanonical(R"(\+Inf|-?[0-9]+(\.[0-9]+)?e[+-]?[0-9]+|-?[0-9]+\.[0-9]+)");

class Linter {
 public:
  void line(const std::string& text) {
    std::smatch match;
    if (text.starts_with("#")) {
      if (!std::regex_match(text, match, kMeta)) return fault(text, "is no HELP, TYPE or UNIT");
      meta(text, match[1], match[2], match[3]);
    } else if (std::regex_match(text, match, kSample)) {
      sample(text, match[1]);
    } else {
      fault(text, "is no sample");
    }
  }

  void fault(const std::string& text, const std::string& what) {
    faults_.push_back("'" + text + "' " + what);
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(faults_); }

 private:
  void meta(const std::string& text, const std::string& kind, const std::string& name,
            const std::string& value) {
    if (name != family_) {
      if (!seen_.insert(name).second) fault(text, "comes back to a family that was left");
      family_ = name;
      type_.clear();
    }
    if (kind == "TYPE") type_ = value;
    if (kind == "TYPE" && value == "counter" && name.ends_with("_total")) {
      fault(text, "names a counter family with _total");
    }
    if (kind == "UNIT" && !name.ends_with("_" + value)) fault(text, "has no name of this unit");
  }

  void sample(const std::string& text, const std::string& name) {
    if (!series_.insert(text.substr(0, text.rfind(' '))).second) fault(text, "is there twice");
    std::set<std::string> allowed{family_};
    if (type_ == "counter") allowed = {family_ + "_total"};
    if (type_ == "histogram") allowed = {family_ + "_bucket", family_ + "_sum", family_ + "_count"};
    if (!allowed.contains(name)) fault(text, "is no sample of family " + family_);
    std::smatch bound;
    if (std::regex_search(text, bound, kBound) && !std::regex_match(bound[1].str(), kCanonical)) {
      fault(text, "has a bound that is no canonical float");
    }
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
  return linter.take();
}

}  // namespace slewd::exporter
