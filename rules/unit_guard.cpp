// SPDX-License-Identifier: Apache-2.0
#include "rules/unit_guard.hpp"

#include <algorithm>
#include <array>

#include "rules/unit_name.hpp"

namespace slewd::rules {
namespace {

struct Protected {
  std::string_view name;  // without its kind; of a template with its '@'
  std::string_view why;
};

// Names are those of Debian, Fedora, SUSE and Arch.
constexpr std::array kProtected{
    Protected{"slewd", "it is slewd itself"},
    Protected{"dbus", "systemd is reached through it"},
    Protected{"dbus-broker", "systemd is reached through it"},
    Protected{"polkit", "it decides what slewd may do"},
    Protected{"ssh", "the operator comes in through it"},
    Protected{"ssh@", "the operator comes in through it"},
    Protected{"sshd", "the operator comes in through it"},
    Protected{"sshd@", "the operator comes in through it"},
    Protected{"sshd-keygen@", "the operator comes in through it"},
    Protected{"networking", "the machine is reached through it"},
    Protected{"network", "the machine is reached through it"},
    Protected{"NetworkManager", "the machine is reached through it"},
    Protected{"ifup@", "the machine is reached through it"},
    Protected{"wicked", "the machine is reached through it"},
    Protected{"wickedd", "the machine is reached through it"},
    Protected{"wickedd-nanny", "the machine is reached through it"},
    Protected{"wickedd-dhcp4", "the machine is reached through it"},
    Protected{"wickedd-dhcp6", "the machine is reached through it"},
    Protected{"dhcpcd", "the machine is reached through it"},
    Protected{"dhcpcd@", "the machine is reached through it"},
    Protected{"wpa_supplicant", "the machine is reached through it"},
    Protected{"wpa_supplicant@", "the machine is reached through it"},
    Protected{"wpa_supplicant-wired@", "the machine is reached through it"},
    Protected{"wpa_supplicant-nl80211@", "the machine is reached through it"},
    Protected{"iwd", "the machine is reached through it"},
    Protected{"connman", "the machine is reached through it"},
    Protected{"netctl", "the machine is reached through it"},
    Protected{"netctl@", "the machine is reached through it"},
    Protected{"netctl-auto@", "the machine is reached through it"},
    Protected{"emergency", "it takes the machine down"},
    Protected{"rescue", "it takes the machine down"},
    Protected{"user@", "it is somebody's session"},
    Protected{"user-runtime-dir@", "it is somebody's session"},
    Protected{"getty@", "it is somebody's session"},
    Protected{"serial-getty@", "it is somebody's session"},
};

// Kinds that are somebody's program, or start one. The others are the machine itself: its file
// systems, its devices, its shutdown (poweroff.target), all services at once (a slice).
constexpr std::array<std::string_view, 4> kGuardedKinds{".service", ".socket", ".timer", ".path"};

bool is_own_target(std::string_view unit) {
  return unit.starts_with("slewd-") && unit.ends_with(".target");
}

}  // namespace

std::optional<std::string> why_protected(std::string_view unit,
                                         const std::vector<std::string>& extra) {
  const std::string name(unit);
  const std::string family = unit_template(unit);
  if (std::ranges::find(extra, name) != extra.end() ||
      std::ranges::find(extra, family) != extra.end())
    return name + " is protected by the configuration";
  if (is_own_target(unit)) return std::nullopt;
  const std::string_view kind = unit_kind(unit);
  if (std::ranges::find(kGuardedKinds, kind) == kGuardedKinds.end())
    return name + " is protected: of units, slewd touches services, sockets, timers and paths only";
  // Journal, logins, devices, network, names, the clock's other keeper: the ground that all stands
  // on, and too much of it to name.
  if (unit.starts_with("systemd-")) return name + " is protected: it is a part of systemd";
  const std::string_view stem = std::string_view(family).substr(0, family.size() - kind.size());
  for (const Protected& known : kProtected)
    if (known.name == stem) return name + " is protected: " + std::string(known.why);
  return std::nullopt;
}

}  // namespace slewd::rules
