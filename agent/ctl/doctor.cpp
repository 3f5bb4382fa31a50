// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/doctor.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <iterator>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "agent/os/clock/clock_watch.hpp"
#include "agent/os/clock/kernel_clock.hpp"
#include "agent/os/clock/system_clock.hpp"
#include "agent/os/machine/discipliner_scan.hpp"
#include "agent/os/machine/machine_witnesses.hpp"
#include "agent/os/machine/virtualisation.hpp"
#include "agent/os/process/process_privileges.hpp"
#include "agent/os/trace/clock_calls.hpp"
#include "agent/os/trace/tracefs.hpp"
#include "base/table.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

using os::WitnessState;
using Findings = std::vector<DoctorFinding>;

struct Purpose {
  std::string_view witness;
  std::string_view use;
  std::string_view grant;
};

constexpr std::array<Purpose, 6> kPurposes{{
    {"vmclock", "reports a migration or a restore at once, and announces a migration",
     "allow reading /dev/vmclock0 (udev rules 60-slewd.rules, and DeviceAllow= in the unit)"},
    {"vmgenid", "reports a restore or a clone at once",
     "add AF_NETLINK to RestrictAddressFamilies= in the unit"},
    {"ptp", "the clock of the host: measures a pause to microseconds without a network",
     "allow reading the device (udev rules 60-slewd.rules, and DeviceAllow=char-ptp in the unit)"},
    {"rtc", "the battery clock: measures a pause to a second where there is no PTP device",
     "allow reading /sys/class/rtc/rtc0/since_epoch (the default for all users)"},
    {"clocksource", "explains a new drift: another clock source has another frequency",
     "allow reading /sys"},
    {"steal", "reports when the hypervisor did not run this machine", "allow reading /proc"},
}};

DoctorFinding find_capability() {
  const bool granted = os::has_time_capability();
  return {"CAP_SYS_TIME",
          granted ? WitnessState::ok : WitnessState::refused,
          granted ? "this process may set the clock" : "this process may not set the clock",
          "slewing and stepping; without it slewd only observes, in any mode",
          "set AmbientCapabilities=CAP_SYS_TIME in the unit, as in the shipped unit",
          false};
}

DoctorFinding find_read_back() {
  DoctorFinding finding{
      "adjtimex",
      WitnessState::ok,
      "",
      "reads the kernel's clock settings, to detect other programs that adjust the clock",
      "allow adjtimex and clock_adjtime in the container's seccomp profile",
      true};
  const auto settings = os::KernelClock().read_back();
  if (settings) {
    finding.detail = "frequency " + format_fixed(settings->frequency.value, 3) + " ppm, " +
                     (settings->unsynchronized ? "unsynchronized" : "synchronized");
  } else {
    finding.state = os::state_of(settings.error());
    finding.detail = settings.error().describe();
  }
  return finding;
}

DoctorFinding find_set_alarm() {
  DoctorFinding finding{
      "timerfd",
      WitnessState::ok,
      "the kernel reports when the clock is set",
      "detects a step within milliseconds instead of a second",
      "allow timerfd_create and timerfd_settime in the container's seccomp profile",
      false};
  const auto alarm = os::make_set_alarm();
  const int armed = alarm ? (*alarm)->arm() : 0;
  if (!alarm) {
    finding.state = os::state_of(alarm.error());
    finding.detail = alarm.error().describe();
  } else if (armed != 0 && armed != ECANCELED) {
    finding.state = WitnessState::absent;
    finding.detail = system_error("timerfd_settime", armed).describe();
  }
  return finding;
}

void add_witnesses(Findings& findings, const os::KernelFolders& folders) {
  const os::SystemClock clock;
  const os::MachineWitnesses witnesses(clock, nullptr, folders);
  for (os::WitnessReport& report : witnesses.describe()) {
    const auto* const purpose = std::ranges::find(kPurposes, report.name, &Purpose::witness);
    const bool known = purpose != kPurposes.end();
    findings.push_back({report.name, report.state, std::move(report.detail),
                        std::string(known ? purpose->use : ""),
                        std::string(known ? purpose->grant : ""), false});
  }
}

DoctorFinding find_tracepoints() {
  DoctorFinding finding{"tracepoints",
                        WitnessState::ok,
                        "system calls that set the clock are traced",
                        "names the program that stepped or adjusted the clock",
                        "run 'slewd tracepoints --hand-over' as root before the start, as "
                        "slewd.service does; or grant "
                        "CAP_PERFMON",
                        false};
  auto numbers = os::load_tracepoints("/run/slewd/tracepoints");
  const Error* problem = numbers ? nullptr : &numbers.error();
  Result<std::unique_ptr<os::ClockCallTrace>> trace = nullptr;
  if (numbers) trace = os::ClockCallTrace::open(std::move(*numbers));
  if (!trace) problem = &trace.error();
  if (problem == nullptr) return finding;
  finding.state = os::state_of(*problem);
  finding.detail = problem->describe();
  return finding;
}

DoctorFinding find_platform(const os::KernelFolders& folders) {
  const std::string platform = os::find_virtualisation(folders);
  const bool found = !platform.empty();
  return {"virtualisation",
          found ? WitnessState::ok : WitnessState::absent,
          found ? platform : "no hypervisor detected",
          "decides which of the checks above can be ok",
          "",
          false};
}

DoctorFinding find_other_time_daemon(const os::KernelFolders& folders) {
  const auto other = os::find_discipliner(folders.proc);
  return {"time_daemon",
          other ? WitnessState::ok : WitnessState::absent,
          other ? *other + " is running too" : "no other time daemon found",
          "if another one runs, slewd only observes unless its mode is takeover",
          "",
          false};
}

}  // namespace

bool Examination::sound() const {
  return std::ranges::none_of(findings, [](const DoctorFinding& finding) {
    return finding.needed && finding.state != WitnessState::ok;
  });
}

// One line for each row, in the order of the table.
Examination examine_machine(const os::KernelFolders& folders, const UnitFolders& units) {
  Examination examination;
  Findings& findings = examination.findings;
  findings.push_back(find_capability());
  findings.push_back(find_read_back());
  findings.push_back(find_set_alarm());
  findings.push_back(find_tracepoints());
  add_witnesses(findings, folders);
  findings.push_back(find_platform(folders));
  findings.push_back(find_other_time_daemon(folders));
  std::ranges::move(find_unit_rights(units), std::back_inserter(findings));
  return examination;
}

std::string doctor_text(const Examination& examination) {
  Table table({{"check"}, {"state"}, {"result and purpose"}});
  for (const DoctorFinding& finding : examination.findings) {
    table.add({finding.name, std::string(to_string(finding.state)), finding.detail});
    table.add({"", "", "  " + finding.use});
    if (finding.state == WitnessState::refused && !finding.grant.empty())
      table.add({"", "", "  to grant: " + finding.grant});
  }
  std::string text = table.print();
  text +=
      "\nThe checks ran with the permissions of slewctl. To run them with those of the daemon:\n  "
      "systemd-run --pipe -p User=slewd "
      "-p AmbientCapabilities=CAP_SYS_TIME slewctl doctor\n";
  if (!examination.sound()) text += "\nslewd cannot steer this clock: see adjtimex.\n";
  return text;
}

std::string doctor_json(const Examination& examination) {
  nlohmann::json rows = nlohmann::json::array();
  for (const DoctorFinding& finding : examination.findings)
    rows.push_back({{"name", finding.name},
                    {"state", to_string(finding.state)},
                    {"detail", finding.detail},
                    {"use", finding.use},
                    {"grant", finding.grant},
                    {"needed", finding.needed}});
  const nlohmann::json json = {
      {"schema", "slewd.doctor/1"}, {"sound", examination.sound()}, {"findings", rows}};
  return json.dump(2) + "\n";
}

Result<DoctorAnswer> run_doctor(bool json) {
  const Examination examination = examine_machine();
  return DoctorAnswer{examination.sound(),
                      json ? doctor_json(examination) : doctor_text(examination)};
}

}  // namespace slewd::app
