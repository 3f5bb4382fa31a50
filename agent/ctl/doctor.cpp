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
    {"vmclock", "tells of a migration and a restore at once, and of one that is near",
     "read permission on /dev/vmclock0 (60-slewd.rules of udev) and DeviceAllow= in the unit"},
    {"vmgenid", "tells of a restore or a clone at once",
     "AF_NETLINK in RestrictAddressFamilies= of the unit"},
    {"ptp", "the hypervisor's clock: sizes a pause to microseconds, without a network",
     "read permission on the device (60-slewd.rules of udev) and DeviceAllow=char-ptp in the unit"},
    {"rtc", "the battery clock: sizes a pause to a second, where there is no PTP device",
     "read permission on /sys/class/rtc/rtc0/since_epoch, which everybody has by default"},
    {"clocksource", "another one is another frequency: tells why the clock drifts anew",
     "read permission below /sys"},
    {"steal", "tells when the hypervisor kept the machine from running",
     "read permission on /proc"},
}};

DoctorFinding find_capability() {
  const bool granted = os::has_time_capability();
  return {"CAP_SYS_TIME",
          granted ? WitnessState::ok : WitnessState::refused,
          granted ? "this process may set the clock" : "this process may not set the clock",
          "slewing; without it slewd observes, whatever its mode",
          "AmbientCapabilities=CAP_SYS_TIME in the unit, as the shipped one has it",
          false};
}

DoctorFinding find_read_back() {
  DoctorFinding finding{"adjtimex",
                        WitnessState::ok,
                        "",
                        "reads what the clock is set to: who else steers it, and how",
                        "adjtimex and clock_adjtime in the container's seccomp profile",
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
  DoctorFinding finding{"timerfd",
                        WitnessState::ok,
                        "the kernel tells when the clock is set",
                        "notices a set clock within milliseconds instead of a second",
                        "timerfd_create and timerfd_settime in the container's seccomp profile",
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
  DoctorFinding finding{
      "tracepoints",
      WitnessState::ok,
      "calls that set the clock are seen with their process",
      "names who stepped or steered the clock",
      "what slewd.service does before the start: slewd tracepoints --hand-over as root; "
      "elsewhere CAP_PERFMON",
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
          found ? platform : "nothing speaks for a hypervisor",
          "says which of the witnesses above can be expected",
          "",
          false};
}

DoctorFinding find_other_discipliner(const os::KernelFolders& folders) {
  const auto other = os::find_discipliner(folders.proc);
  return {"discipliner",
          other ? WitnessState::ok : WitnessState::absent,
          other ? *other + " runs as well" : "no other time daemon is seen",
          "beside another one slewd observes, unless its mode is takeover",
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
  findings.push_back(find_other_discipliner(folders));
  std::ranges::move(find_unit_rights(units), std::back_inserter(findings));
  return examination;
}

std::string doctor_text(const Examination& examination) {
  Table table({{"what"}, {"state"}, {"found, and what it is good for"}});
  for (const DoctorFinding& finding : examination.findings) {
    table.add({finding.name, std::string(to_string(finding.state)), finding.detail});
    table.add({"", "", "  " + finding.use});
    if (finding.state == WitnessState::refused && !finding.grant.empty())
      table.add({"", "", "  to grant: " + finding.grant});
  }
  std::string text = table.print();
  text +=
      "\nThis is what slewctl may see and do. The daemon has rights of its own; to look with "
      "them:\n  systemd-run --pipe -p User=slewd "
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
