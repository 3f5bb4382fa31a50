// SPDX-License-Identifier: Apache-2.0
#include "sim/victim.hpp"

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

std::string upper(std::string_view word) {
  std::string result(word);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

std::string seconds_text(Nanos duration, int decimals) {
  return format_fixed(to_seconds(duration), decimals) + " seconds";
}

}  // namespace

void Victim::start(const core::ClockReading& now) {
  running_ = true;
  exit_status_.reset();
  last_wall_ = now.wall;
  asleep_until_ = now.mono;
  logins_hang_until_ = now.mono;
}

void Victim::stop() {
  if (running_) end(0);
}

void Victim::reload(const core::ClockReading& now) {
  wake(now);
  logins_hang_until_ = now.mono;
}

void Victim::wake(const core::ClockReading& now) {
  if (!running_ || now.mono < asleep_until_) return;
  const Nanos back = last_wall_ - now.wall;
  last_wall_ = now.wall;
  if (back > Nanos{0}) went_back(now, back);
}

std::string Victim::greeting(const core::ClockReading& now) {
  wake(now);
  if (!running_ || now.mono < asleep_until_) return {};
  return "* OK [CAPABILITY IMAP4rev1] Victim ready.\r\n";
}

std::string Victim::answer(std::string_view line, const core::ClockReading& now) {
  wake(now);
  if (!running_ || now.mono < asleep_until_) return {};
  const std::vector<std::string_view> words = split(trim(line), ' ');
  if (words.size() < 2 || words[0].empty()) return "* BAD a tag and a command are needed\r\n";
  const std::string tag(words[0]);
  const std::string command = upper(words[1]);
  if (command == "CAPABILITY") {
    return "* CAPABILITY IMAP4rev1\r\n" + tag + " OK Capability completed.\r\n";
  }
  if (command == "NOOP") return tag + " OK NOOP completed.\r\n";
  if (command == "LOGOUT") return "* BYE Logging out\r\n" + tag + " OK Logout completed.\r\n";
  if (command != "LOGIN") return tag + " BAD Unknown command.\r\n";
  if (words.size() != 4) return tag + " BAD LOGIN needs a user and a password.\r\n";
  if (now.mono < logins_hang_until_) return {};
  return tag + " OK Logged in\r\n";
}

void Victim::went_back(const core::ClockReading& now, Nanos by) {
  if (kind_ == VictimKind::hangs_logins) {
    const Nanos hang = std::min(by, kVictimLongestHang);
    logins_hang_until_ = std::max(logins_hang_until_, now.mono + hang);
    log_("victim: master: time moved backwards by " + seconds_text(by, 3) + ", no new logins for " +
         seconds_text(hang, 3));
    return;
  }
  if (by <= kVictimTolerance) {
    asleep_until_ = now.mono + by + 1s;
    log_("dovecot: Time just moved backwards by " + seconds_text(by, 0) +
         ". Asleep until it is back.");
    return;
  }
  log_("dovecot: Time just moved backwards by " + seconds_text(by, 0) +
       ". This might cause a lot of problems, so I'll just kill myself now.");
  end(kVictimExitStatus);
}

void Victim::end(int status) {
  running_ = false;
  exit_status_ = status;
}

}  // namespace slewd::sim
