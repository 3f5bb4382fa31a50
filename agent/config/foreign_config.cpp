// SPDX-License-Identifier: Apache-2.0
#include "agent/config/foreign_config.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "base/text.hpp"

namespace slewd::app {
namespace {

constexpr std::array<std::string_view, 8> kNtpdRsSections{
    "[[source]]",        "[[server]]",       "[source-defaults]",
    "[synchronization]", "[keyset]",         "[synchronization.algorithm]",
    "[observability]",   "[[nts-ke-server]]"};

constexpr std::array<std::string_view, 10> kBoth{"server",    "pool",          "peer", "driftfile",
                                                 "broadcast", "pidfile",       "port", "keys",
                                                 "include",   "manycastclient"};

constexpr std::array<std::string_view, 33> kChronyAlone{
    "makestep",      "rtcsync",        "allow",       "deny",           "local",
    "confdir",       "sourcedir",      "keyfile",     "logdir",         "log",
    "leapsectz",     "leapseclist",    "leapsecmode", "refclock",       "maxupdateskew",
    "ntsdumpdir",    "dumpdir",        "dumponexit",  "authselectmode", "cmdallow",
    "cmdport",       "bindcmdaddress", "hwtimestamp", "initstepslew",   "maxdistance",
    "minsources",    "maxslewrate",    "rtcfile",     "rtconutc",       "logchange",
    "stratumweight", "noclientlog",    "commandkey"};

constexpr std::array<std::string_view, 24> kNtpAlone{
    "restrict",        "statistics",      "filegen",    "statsdir",
    "fudge",           "tinker",          "tos",        "leapfile",
    "logfile",         "logconfig",       "disable",    "enable",
    "includefile",     "interface",       "trustedkey", "controlkey",
    "requestkey",      "crypto",          "discard",    "mru",
    "broadcastclient", "multicastclient", "nts",        "ntpsigndsocket"};

bool holds(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

std::string lower_first_word(std::string_view line) {
  std::string word(line.substr(0, line.find_first_of(" \t\r")));
  std::ranges::transform(word, word.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

bool is_comment(std::string_view line) {
  return line.empty() || std::string_view("#;!%").find(line.front()) != std::string_view::npos;
}

}  // namespace

std::string_view name_of(ForeignFormat format) {
  switch (format) {
    case ForeignFormat::chrony:
      return "chrony";
    case ForeignFormat::ntp:
      return "ntp";
    case ForeignFormat::ntpd_rs:
      return "ntpd-rs";
    case ForeignFormat::timesyncd:
      return "timesyncd";
  }
  return "";
}

std::optional<ForeignFormat> foreign_format(std::string_view text) {
  int chrony = 0;
  int ntp = 0;
  int either = 0;
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (is_comment(line)) continue;
    if (line.front() == '{') return std::nullopt;  // JSON, with a mistake
    if (line == "[Time]") return ForeignFormat::timesyncd;
    if (holds(kNtpdRsSections, line)) return ForeignFormat::ntpd_rs;
    const std::string word = lower_first_word(line);
    // ntpd's two ways to name a reference clock; chrony has no units.
    const bool ntp_clock = (word == "server" && line.find(" 127.127.") != std::string_view::npos) ||
                           (word == "refclock" && line.find(" unit ") != std::string_view::npos);
    ntp += ntp_clock || holds(kNtpAlone, word) ? 1 : 0;
    chrony += !ntp_clock && holds(kChronyAlone, word) ? 1 : 0;
    either += holds(kBoth, word) ? 1 : 0;
  }
  if (chrony + ntp + either == 0) return std::nullopt;
  return ntp > chrony ? ForeignFormat::ntp : ForeignFormat::chrony;
}

std::string foreign_hint(std::string_view text, std::string_view path) {
  const auto format = foreign_format(text);
  if (!format) return "";
  return "this is a configuration of " +
         std::string(*format == ForeignFormat::ntp ? "ntpd" : name_of(*format)) +
         "; 'slewctl convert " + std::string(path) + "' writes slewd's";
}

}  // namespace slewd::app
