// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/doctor_units.hpp"

#include <filesystem>
#include <system_error>

#include <unistd.h>

namespace slewd::app {
namespace {

using os::WitnessState;

constexpr const char* kUse = "rules that watch units or act on them";

// The same check as sd_booted(3).
DoctorFinding find_systemd(const UnitFolders& folders) {
  DoctorFinding finding{"systemd", WitnessState::absent, "", kUse, "", false};
  const std::string bus = folders.run + "/dbus/system_bus_socket";
  if (::access((folders.run + "/systemd/system").c_str(), F_OK) != 0) {
    finding.detail = "this machine was not booted with systemd";
  } else if (::access(bus.c_str(), F_OK) != 0) {
    finding.state = WitnessState::refused;
    finding.detail = "systemd is running, but " + bus + " does not exist";
    finding.grant = "install dbus; in a container, mount the host's socket";
  } else if (::access(bus.c_str(), R_OK | W_OK) != 0) {
    finding.state = WitnessState::refused;
    finding.detail = "permission denied: " + bus;
    finding.grant = "allow reading and writing the socket (the default for all users)";
  } else {
    finding.state = WitnessState::ok;
    finding.detail = "reachable at " + bus;
  }
  return finding;
}

DoctorFinding find_polkit(const UnitFolders& folders) {
  DoctorFinding finding{
      "polkit", WitnessState::ok,
      "",       "authorizes the daemon (user slewd) to start, stop and restart units",
      "",       false};
  const std::string service =
      folders.share + "/dbus-1/system-services/org.freedesktop.PolicyKit1.service";
  if (::access(service.c_str(), F_OK) != 0) {
    finding.state = WitnessState::refused;
    finding.detail = "polkit is not installed: systemd denies all unit actions of user slewd";
    finding.grant = "install the package polkitd";
    return finding;
  }
  const std::string table = folders.etc + "/polkit-1/rules.d/50-slewd.rules";
  std::error_code error;
  if (std::filesystem::exists(table, error)) {
    finding.detail = "allowed units and actions are listed in " + table;
  } else if (error) {
    finding.detail =
        "polkit is installed; no permission to check whether " + table + " exists (run as root)";
  } else {
    finding.state = WitnessState::refused;
    finding.detail = "polkit is installed, but " + table +
                     " does not exist: systemd denies all unit actions of user slewd";
    finding.grant = "copy deploy/polkit/50-slewd.rules to this path and list your units in it";
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
