// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/doctor_units.hpp"

#include <filesystem>
#include <system_error>

#include <unistd.h>

namespace slewd::app {
namespace {

using os::WitnessState;

constexpr const char* kUse = "rules that look at units or act on them";

// As sd_booted(3) finds out.
DoctorFinding find_systemd(const UnitFolders& folders) {
  DoctorFinding finding{"systemd", WitnessState::absent, "", kUse, "", false};
  const std::string bus = folders.run + "/dbus/system_bus_socket";
  if (::access((folders.run + "/systemd/system").c_str(), F_OK) != 0) {
    finding.detail = "systemd has not booted this machine";
  } else if (::access(bus.c_str(), F_OK) != 0) {
    finding.state = WitnessState::refused;
    finding.detail = "systemd runs, but there is no " + bus;
    finding.grant = "install dbus; in a container, mount the host's socket";
  } else if (::access(bus.c_str(), R_OK | W_OK) != 0) {
    finding.state = WitnessState::refused;
    finding.detail = "no right to " + bus;
    finding.grant = "read and write permission on the socket, which everybody has by default";
  } else {
    finding.state = WitnessState::ok;
    finding.detail = "reachable at " + bus;
  }
  return finding;
}

DoctorFinding find_polkit(const UnitFolders& folders) {
  DoctorFinding finding{
      "polkit", WitnessState::ok, "", "rules that act on units, slewd not being root", "", false};
  const std::string service =
      folders.share + "/dbus-1/system-services/org.freedesktop.PolicyKit1.service";
  if (::access(service.c_str(), F_OK) != 0) {
    finding.state = WitnessState::refused;
    finding.detail = "not installed: systemd refuses every act of a user without rights";
    finding.grant = "install polkitd";
    return finding;
  }
  const std::string table = folders.etc + "/polkit-1/rules.d/50-slewd.rules";
  std::error_code error;
  if (std::filesystem::exists(table, error)) {
    finding.detail = table + " says which units";
  } else if (error) {
    finding.detail = "installed; this user may not see whether " + table + " is";
  } else {
    finding.state = WitnessState::refused;
    finding.detail = "installed, but there is no " + table;
    finding.grant = "install deploy/polkit/50-slewd.rules and list the units in it";
  }
  return finding;
}

}  // namespace

std::vector<DoctorFinding> find_unit_rights(const UnitFolders& folders) {
  std::vector<DoctorFinding> findings{find_systemd(folders)};
  // It is systemd that asks polkit.
  if (findings.front().state != WitnessState::absent) findings.push_back(find_polkit(folders));
  return findings;
}

}  // namespace slewd::app
