// SPDX-License-Identifier: Apache-2.0
#include "agent/core/witnesses.hpp"

#include <algorithm>

namespace slewd::core {
namespace {

constexpr std::size_t kSuspectsNamed = 3;

std::string describe(const ClockCall& call) {
  const std::string process = "process " + std::to_string(call.process);
  const std::string place = call.origin.empty() ? process : process + ", " + call.origin;
  return (call.command.empty() ? "?" : call.command) + " (" + place + ")";
}

}  // namespace

std::string describe_suspects(const std::vector<ClockCall>& calls) {
  std::vector<std::string> named;
  for (const bool sets : {true, false}) {
    for (const ClockCall& call : calls) {
      if (call.sets != sets) continue;
      const std::string text = describe(call);
      if (std::ranges::find(named, text) == named.end()) named.push_back(text);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < named.size() && i < kSuspectsNamed; ++i)
    text += (i == 0 ? "" : " or ") + named[i];
  if (named.size() > kSuspectsNamed) text += " or others";
  return text;
}

}  // namespace slewd::core
