// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/known_discipliners.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/text.hpp"

namespace slewd::os {
namespace {

using Words = std::span<const std::string_view>;

// Whether one of the letters of `wanted` is given as a short option, alone or in a cluster ("-dx").
// `with_argument` are the letters whose argument is the rest of the argument, or the next one.
bool has_option(Words words, std::string_view wanted, std::string_view with_argument) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.size() < 2 || word[0] != '-' || word[1] == '-') continue;
    for (std::size_t at = 1; at < word.size(); ++at) {
      if (wanted.find(word[at]) != std::string_view::npos) return true;
      if (with_argument.find(word[at]) == std::string_view::npos) continue;
      if (at + 1 == word.size()) ++i;
      break;
    }
  }
  return false;
}

bool has_word(Words words, std::string_view wanted) {
  return std::ranges::find(words, wanted) != words.end();
}

// chronyd(8): -x serves time without control of the clock, -Q prints the offset and ends.
std::string_view chronyd(Words words) {
  return has_option(words, "xQ", "fFlLPtu") ? "" : "chronyd";
}

// The three programs of this name share the manners as well; the folder of the configuration or the
// user tells them apart. OpenNTPD's parts call themselves "ntpd: ntp engine".
std::string_view ntpd(Words words) {
  for (const std::string_view word : words) {
    if (word.find("openntpd") != std::string_view::npos || word.starts_with("ntpd: "))
      return "OpenNTPD's ntpd";
    if (word.find("ntpsec") != std::string_view::npos) return "NTPsec's ntpd";
  }
  return "ntpd";
}

std::string_view timesyncd(Words /*words*/) { return "systemd-timesyncd"; }
std::string_view ntpd_rs(Words /*words*/) { return "ntpd-rs"; }

// With hardware stamps it steers the network card alone, and phc2sys carries that to the machine.
// Which of the two it does is in its configuration, which is not read.
std::string_view ptp4l(Words /*words*/) { return "ptp4l"; }

// phc2sys(8): with the machine's clock as its source (-s), or with -a but without -r, it steers the
// cards and not the machine.
std::string_view phc2sys(Words words) {
  constexpr std::string_view kWithArgument = "cdsEPISFRNOLMiunzltf";
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "-sCLOCK_REALTIME") return "";
    if (words[i] == "-s" && i + 1 < words.size() && words[i + 1] == "CLOCK_REALTIME") return "";
  }
  const bool cards_alone =
      has_option(words, "a", kWithArgument) && !has_option(words, "r", kWithArgument);
  return cards_alone ? "" : "phc2sys";
}

// The guest additions' service keeps the time unless an option disables it or selects another task.
std::string_view virtualbox(Words words) {
  for (const std::string_view word : words)
    if (word.starts_with("--only-") && word != "--only-timesync") return "";
  return has_word(words, "--disable-timesync") ? "" : "VBoxService";
}

std::string_view slewd(Words words) {
  const auto mode = std::ranges::find(words, std::string_view("--mode"));
  const bool observes = has_word(words, "--mode=observe") ||
                        (mode != words.end() && mode + 1 != words.end() && mode[1] == "observe");
  return has_word(words, "run") && !observes ? "slewd" : "";
}

struct Known {
  std::string_view comm;                    // the kernel keeps 15 characters
  std::string_view (*called)(Words words);  // "" = leaves the clock alone
};

// Not in the table: vmtoolsd. It runs in every guest of VMware with the tools, and whether it keeps
// the time is a setting of the host that no file of the guest shows. Counting it would make slewd
// observe in all of them; where it does steer, the kernel's tracepoints name it (clock_calls.hpp).
constexpr std::array<Known, 8> kKnownDiscipliners{{{"chronyd", chronyd},
                                                   {"ntpd", ntpd},
                                                   {"systemd-timesyn", timesyncd},
                                                   {"ntp-daemon", ntpd_rs},
                                                   {"ptp4l", ptp4l},
                                                   {"phc2sys", phc2sys},
                                                   {"VBoxService", virtualbox},
                                                   {"slewd", slewd}}};

}  // namespace

bool may_steer(std::string_view comm) {
  return std::ranges::find(kKnownDiscipliners, comm, &Known::comm) != kKnownDiscipliners.end();
}

std::optional<std::string> steering_program(std::string_view comm, std::string_view command_line) {
  const auto* const known = std::ranges::find(kKnownDiscipliners, comm, &Known::comm);
  if (known == kKnownDiscipliners.end()) return std::nullopt;
  const std::vector<std::string_view> words = split(command_line, '\0');
  const std::string_view called = known->called(words);
  if (called.empty()) return std::nullopt;
  return std::string(called);
}

}  // namespace slewd::os
