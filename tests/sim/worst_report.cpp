// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "base/text.hpp"

#include "tests/sim/bench_output.hpp"
#include "tests/sim/worst_search.hpp"

namespace slewd::tests {
namespace {

std::string digits(double value) {
  if (value >= 100 || value == 0) return format_fixed(value, 0);
  return format_fixed(value, value >= 10 ? 1 : value >= 0.1 ? 2 : 5);
}

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const double place = share * static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(std::floor(place))];
}

std::string when(double seconds) { return " at " + format_fixed(seconds, 0) + " s"; }

// What the numbers of this kind were.
std::string numbers_of(std::size_t kind, const Harm& harm) {
  switch (kind) {
    case 0:
      return short_seconds(harm.error) + " over " + short_seconds(harm.honest) + when(harm.at);
    case 1:
      return std::to_string(harm.unexcused) + " of " + std::to_string(harm.outside) +
             " s outside, by " + short_seconds(harm.beyond) + when(harm.beyond_at);
    case 2:
      return digits(harm.frequency) + " ppm" + when(harm.frequency_at);
    case 3:
      return "rms " + short_seconds(harm.own.rms) + " to " + short_seconds(harm.plain.rms) +
             ", max " + short_seconds(harm.own.max) + " to " + short_seconds(harm.plain.max);
    case 4:
      return digits(static_cast<double>(harm.refused)) + " s from " + digits(harm.refused_at) +
             " s on";
    default:
      return harm.first_breach;
  }
}

std::string spread_of(const std::vector<double>& sizes) {
  return "median " + digits(quantile(sizes, 0.5)) + ", 90 % " + digits(quantile(sizes, 0.9)) +
         ", 99 % " + digits(quantile(sizes, 0.99));
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string total_of(const SearchResult& result) {
  return std::to_string(result.worlds) + " worlds, " + digits(result.hours / 24) + " virtual days";
}

}  // namespace

std::string text_of(const SearchResult& result) {
  std::string text = total_of(result) + "\n";
  for (std::size_t kind = 0; kind < harm_kinds().size(); ++kind) {
    text += std::string("\n") + harm_kinds().at(kind).name + ": " + harm_kinds().at(kind).meaning +
            "\n  " + spread_of(result.sizes.at(kind)) + "\n";
    for (const Find& find : result.worst.at(kind))
      text += "  " + digits(harm_kinds().at(kind).size(find.harm)) + "  seed " +
              std::to_string(find.seed) + "  " + numbers_of(kind, find.harm) + "\n      " +
              find.world + "\n";
  }
  return text;
}

std::string json_of(const SearchResult& result) {
  std::string text = "{\"worlds\": " + std::to_string(result.worlds) +
                     ", \"hours\": " + format_number(result.hours) + ", \"kinds\": [";
  for (std::size_t kind = 0; kind < harm_kinds().size(); ++kind) {
    text += std::string(kind == 0 ? "\n" : ",\n") + R"({"kind": ")" + harm_kinds().at(kind).name +
            R"(", "median": )" + format_number(quantile(result.sizes.at(kind), 0.5)) +
            ", \"p99\": " + format_number(quantile(result.sizes.at(kind), 0.99)) + ", \"worst\": [";
    const char* separator = "\n  ";
    for (const Find& find : result.worst.at(kind)) {
      text += separator + (R"({"seed": )" + std::to_string(find.seed)) +
              ", \"size\": " + format_number(harm_kinds().at(kind).size(find.harm)) +
              ", \"numbers\": " + quoted(numbers_of(kind, find.harm)) +
              ", \"world\": " + quoted(find.world) + "}";
      separator = ",\n  ";
    }
    text += "]}";
  }
  return text + "\n]}\n";
}

std::string worst_page(const SearchResult& result, const std::string& command) {
  std::string page = "# The worst that the discipline does\n\nWritten by `" + command +
                     R"(`; do not edit. `./dev worst --seed N` runs one of these worlds again, and
`--write FILE` saves it as a scenario.

Worlds are drawn at random from all that a scenario can say: one to five servers with paths, routes,
outages and clocks of their own, an oscillator, and up to four events. slewd's core runs in each of
them, and the worst of each kind are listed.

)";
  page += "There were " + total_of(result) + ".\n";
  for (std::size_t kind = 0; kind < harm_kinds().size(); ++kind) {
    page += std::string("\n## ") + harm_kinds().at(kind).name + "\n\nThe size is " +
            harm_kinds().at(kind).meaning + ": " + spread_of(result.sizes.at(kind)) + ".\n\n";
    if (result.worst.at(kind).empty()) {
      page += "None.\n";
      continue;
    }
    page += "| size | seed | numbers | world |\n| --- | --- | --- | --- |\n";
    for (const Find& find : result.worst.at(kind))
      page += "| " + digits(harm_kinds().at(kind).size(find.harm)) + " | " +
              std::to_string(find.seed) + " | " + numbers_of(kind, find.harm) + " | " + find.world +
              " |\n";
  }
  return page;
}

}  // namespace slewd::tests
