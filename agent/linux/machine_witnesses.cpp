#include "agent/linux/machine_witnesses.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <poll.h>

#include "base/check.hpp"
#include "base/duration.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

MonoTime next_second(MonoTime now) {
  return MonoTime{std::chrono::floor<std::chrono::seconds>(now.since_epoch) + 1s};
}

Result<Vmclock> open_vmclock(const KernelFolders& folders) {
  auto opened = Vmclock::open(folders.dev + "/vmclock0");
  // sysfs tells a machine without the device from a process that does not get to see it.
  std::error_code ignored;
  if (!opened && opened.error().code() == ErrorCode::not_found &&
      std::filesystem::exists(folders.sysfs + "/class/misc/vmclock0", ignored))
    return fail(ErrorCode::permission, folders.dev + "/vmclock0 is hidden from this process");
  return opened;
}

WitnessReport report_vmclock(const Result<Vmclock>& vmclock,
                             const std::optional<VmclockPage>& page) {
  if (!vmclock) return {"vmclock", state_of(vmclock.error()), vmclock.error().describe()};
  if (!page)
    return {"vmclock", WitnessState::failing, "the hypervisor does not finish writing the page"};
  std::string detail = vmclock->mapped() ? "mapped" : "read by system calls";
  detail += page->generation ? ", counts restores" : ", does not count restores";
  detail += ", host clock " + std::string(to_string(page->status)) + " " +
            std::string(to_string(page->scale));
  if (page->max_error) detail += " within " + format_rounded(*page->max_error);
  if (page->disruption_imminent) {
    detail += "; a disruption is announced for the next hour";
  } else if (page->disruption_soon) {
    detail += "; a disruption is announced for the next day";
  }
  return {"vmclock", WitnessState::ok, detail};
}

WitnessReport report_vmgenid(const std::string& device, const Result<GenerationListener>& uevents) {
  if (device.empty())
    return {"vmgenid", WitnessState::absent, "the hypervisor gives no generation id"};
  if (!uevents) return {"vmgenid", state_of(uevents.error()), uevents.error().describe()};
  return {"vmgenid", WitnessState::ok,
          "device " + device + "; kernels from about 6.8 on tell of a change"};
}

}  // namespace

MachineWitnesses::MachineWitnesses(const core::Clock& clock, Discipliner discipliner,
                                   const KernelFolders& folders)
    : clock_(clock),
      discipliner_(std::move(discipliner)),
      vmclock_(open_vmclock(folders)),
      vmgenid_(find_vmgenid(folders.sysfs)),
      uevents_(GenerationListener::open()),
      sampler_(clock, folders),
      loop_(clock) {
  look_at_page();
  // One witness of restores: two would tell of the same one at different moments. Without its
  // device vmgenid cannot tell, and zero would claim that nothing has happened.
  const bool page_counts = page_ && page_->generation;
  if (!page_counts && !vmgenid_.empty() && uevents_) generations_ = 0;
  sample(false);
}

MachineWitnesses::~MachineWitnesses() { loop_.stop(); }

void MachineWitnesses::start() {
  SLEWD_CHECK(!thread_.joinable());
  if (generations_) loop_.watch(uevents_->descriptor(), POLLIN, [this](short) { serve_uevents(); });
  at_next_second();
  thread_ = std::jthread([this] { loop_.run(); });
}

core::MachineSigns MachineWitnesses::look() {
  look_at_page();
  core::MachineSigns signs = *found_.latest();
  if (!page_) return signs;
  signs.disruption_marker = page_->disruption_marker;
  signs.disruption_announced = page_->disruption_imminent;
  if (!signs.generation) signs.generation = page_->generation;
  return signs;
}

void MachineWitnesses::refresh_soon() {
  if (refresh_asked_.exchange(true, std::memory_order_acq_rel)) return;
  const bool posted = loop_.post([this] {
    refresh_asked_.store(false, std::memory_order_release);
    sample(true);
  });
  if (!posted) refresh_asked_.store(false, std::memory_order_release);
}

std::vector<WitnessReport> MachineWitnesses::describe() const {
  std::vector<WitnessReport> reports{report_vmclock(vmclock_, page_),
                                     report_vmgenid(vmgenid_, uevents_)};
  for (WitnessReport& report : sampler_.describe()) reports.push_back(std::move(report));
  return reports;
}

void MachineWitnesses::look_at_page() {
  if (!vmclock_) return;
  // A page that is just being written is looked at the next time.
  if (auto page = vmclock_->read()) page_ = *page;
}

void MachineWitnesses::serve_uevents() {
  const auto told = uevents_->take();
  if (!told) {
    loop_.unwatch(uevents_->descriptor());
    return;
  }
  if (*told == 0) return;
  *generations_ += static_cast<std::uint64_t>(*told);
  sample(true);  // after a restore the host's clock is what says how long it was
}

void MachineWitnesses::at_next_second() {
  loop_.at(next_second(clock_.now().mono), [this] {
    at_next_second();
    sample(false);
  });
}

void MachineWitnesses::sample(bool host_wanted) {
  sampler_.tick(host_wanted);
  auto signs = std::make_shared<core::MachineSigns>(sampler_.signs());
  signs->generation = generations_;
  if (discipliner_) signs->discipliner = discipliner_();
  found_.publish(std::move(signs));
}

}  // namespace slewd::os
