// SPDX-License-Identifier: Apache-2.0
#include "rules/unit_name.hpp"

#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::rules {
namespace {

// systemd.unit(5), "Description".
constexpr std::array<std::string_view, 11> kUnitKinds{".service",   ".socket", ".device", ".mount",
                                                      ".automount", ".swap",   ".target", ".path",
                                                      ".timer",     ".slice",  ".scope"};

bool allowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(":-_.\\@").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view unit_kind(std::string_view unit) {
  const std::size_t dot = unit.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : unit.substr(dot);
}

std::string unit_template(std::string_view unit) {
  const std::size_t at = unit.find('@');
  const std::string_view kind = unit_kind(unit);
  if (at == std::string_view::npos || kind.empty() || at > unit.size() - kind.size())
    return std::string(unit);
  return std::string(unit.substr(0, at + 1)) + std::string(kind);
}

std::optional<std::string> why_no_unit(std::string_view unit) {
  if (unit.size() > limits::kUnitNameBytes)
    return "a name of more than " + std::to_string(limits::kUnitNameBytes) +
           " bytes is not a unit name";
  const std::string shown = "'" + one_line(unit, limits::kUnitNameBytes) + "'";
  if (!std::ranges::all_of(unit, allowed))
    return shown + " has characters that are not allowed in unit names";
  const std::string_view kind = unit_kind(unit);
  if (std::ranges::find(kUnitKinds, kind) == kUnitKinds.end() || kind.size() == unit.size())
    return shown + " is not a unit: write its name with its type, for instance \"dovecot.service\"";
  if (unit.front() == '@' || unit.find("@.") == unit.size() - kind.size() - 1)
    return shown + " is a template: name one of its instances";
  return std::nullopt;
}

}  // namespace slewd::rules
