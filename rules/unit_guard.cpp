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
    Protected{"dbus", "slewd reaches systemd through it"},
    Protected{"dbus-broker", "slewd reaches systemd through it"},
    Protected{"polkit", "it authorizes slewd's actions"},
    Protected{"ssh", "operators log in through it"},
    Protected{"ssh@", "operators log in through it"},
    Protected{"sshd", "operators log in through it"},
    Protected{"sshd@", "operators log in through it"},
    Protected{"sshd-keygen@", "operators log in through it"},
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
    Protected{"emergency", "it stops the machine"},
    Protected{"rescue", "it stops the machine"},
    Protected{"user@", "it is a user session"},
    Protected{"user-runtime-dir@", "it is a user session"},
    Protected{"getty@", "it is a user session"},
    Protected{"serial-getty@", "it is a user session"},
};

// Kinds that are programs, or start one. The others are parts of the machine: its file
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
    return name + " is protected: only services, sockets, timers and paths can be acted on";
  // Journal, logins, devices, network, name resolution, timesyncd: everything else depends on
  // them, and they are too many to list.
  if (unit.starts_with("systemd-")) return name + " is protected: it is part of systemd";
  const std::string_view stem = std::string_view(family).substr(0, family.size() - kind.size());
  for (const Protected& known : kProtected)
    if (known.name == stem) return name + " is protected: " + std::string(known.why);
  return std::nullopt;
}

}  // namespace slewd::rules
