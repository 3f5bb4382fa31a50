// SPDX-License-Identifier: Apache-2.0
#include "base/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/text.hpp"

namespace slewd {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanos;
};

// Falling order: format() walks down, parse_duration() demands that parts do.
constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"s", 1'000'000'000},
                                      {"ms", 1'000'000},
                                      {"us", 1'000},
                                      {"ns", 1}}};
constexpr double kLongest = 140.0 * 365.25 * 86400e9;

std::size_t length_of_unit(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= 'a' && text[length] <= 'z') ++length;
  return length;
}

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (unit.name == name) return &unit;
  return nullptr;
}

tl::unexpected<Error> refuse(std::string_view text, const std::string& why) {
  return fail(ErrorCode::invalid, "'" + std::string(text) + "' is not a duration: " + why);
}

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  std::string_view rest = trim(text);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) return refuse(text, "it is empty; write for instance \"64s\"");
  double total = 0;
  std::int64_t last_unit = INT64_MAX;
  while (!rest.empty()) {
    double number = 0;
    const auto parsed =
        std::from_chars(rest.data(), rest.data() + rest.size(), number, std::chars_format::fixed);
    if (parsed.ec != std::errc{} || number < 0 || !std::isfinite(number))
      return refuse(text, "a number was expected at '" + std::string(rest) + "'");
    rest.remove_prefix(static_cast<std::size_t>(parsed.ptr - rest.data()));
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    const std::string_view name = rest.substr(0, length_of_unit(rest));
    const Unit* unit = find_unit(name);
    if (name.empty()) return refuse(text, "the unit is missing: ns, us, ms, s, m, h or d");
    if (unit == nullptr)
      return refuse(text, "unknown unit '" + std::string(name) + "': ns, us, ms, s, m, h or d");
    if (unit->nanos >= last_unit) return refuse(text, "units must decrease, as in \"1h30m\"");
    last_unit = unit->nanos;
    total += number * static_cast<double>(unit->nanos);
    if (total > kLongest) return refuse(text, "longer than 140 years");
    rest.remove_prefix(name.size());
  }
  const auto nanos = static_cast<std::int64_t>(std::llround(total));
  return Nanos{negative ? -nanos : nanos};
}

std::string format(Nanos duration) {
  if (duration.count() == 0) return "0s";
  const bool negative = duration.count() < 0;
  // Unsigned, because the most negative count has no positive counterpart.
  std::uint64_t left = negative ? 0 - static_cast<std::uint64_t>(duration.count())
                                : static_cast<std::uint64_t>(duration.count());
  std::string text = negative ? "-" : "";
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<std::uint64_t>(unit.nanos);
    if (left < size) continue;
    text += std::to_string(left / size);
    left %= size;
    // Below a minute one decimal number is easier to read than "1s500ms".
    if (unit.nanos <= 1'000'000'000 && left != 0) {
      std::string fraction = std::to_string(left);
      std::size_t digits = 0;
      for (std::uint64_t scale = size; scale > 1; scale /= 10) ++digits;
      fraction.insert(0, digits - fraction.size(), '0');
      fraction.erase(fraction.find_last_not_of('0') + 1);
      text += "." + fraction;
      left = 0;
    }
    text += unit.name;
    if (left == 0) break;
  }
  return text;
}

std::string format_rounded(Nanos duration) {
  const auto nanos = static_cast<double>(duration.count());
  const double size = std::abs(nanos);
  const auto with = [&](double divisor, const char* unit) {
    const double scaled = nanos / divisor;
    const double shown = std::abs(scaled);
    const int decimals = shown >= 99.95 ? 0 : shown >= 9.995 ? 1 : 2;
    return format_fixed(scaled, decimals) + unit;
  };
  if (size < 1e3) return with(1, " ns");
  if (size < 999.5e3) return with(1e3, " us");
  if (size < 999.5e6) return with(1e6, " ms");
  if (size < 300e9) return with(1e9, " s");
  if (size < 3 * 3600e9) return with(60e9, " min");
  if (size < 3 * 86400e9) return with(3600e9, " h");
  return with(86400e9, " d");
}

}  // namespace slewd
