// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/machine_witnesses.hpp"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include <poll.h>

#include "base/check.hpp"
#include "base/duration.hpp"

namespace slewd::os {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kLateLook = 1s;       // a busy machine may be that late
constexpr Nanos kHostMoved = 1ms;     // and what both readings leave open
constexpr Nanos kClockMoved = 500us;  // likewise
constexpr double kUnknownRate = std::numeric_limits<double>::quiet_NaN();

bool host_has_moved(const core::MachineSigns& now) {
  if (!now.host || !now.host_before) return false;
  return magnitude(now.host->phase - now.host_before->phase) >
         kHostMoved + now.host->uncertainty + now.host_before->uncertainty;
}

MonoTime next_second(MonoTime now) {
  return MonoTime{std::chrono::floor<std::chrono::seconds>(now.since_epoch) + 1s};
}

Result<Vmclock> open_vmclock(const KernelFolders& folders) {
  auto opened = Vmclock::open(folders.dev + "/vmclock0");
  // By sysfs: the device does not exist, or this process cannot see it.
  std::error_code ignored;
  if (!opened && opened.error().code() == ErrorCode::not_found &&
      std::filesystem::exists(folders.sysfs + "/class/misc/vmclock0", ignored))
    return fail(ErrorCode::permission, folders.dev + "/vmclock0 is not visible to this process");
  return opened;
}

WitnessReport report_vmclock(const Result<Vmclock>& vmclock,
                             const std::optional<VmclockPage>& page) {
  if (!vmclock) return {"vmclock", state_of(vmclock.error()), vmclock.error().describe()};
  if (!page) return {"vmclock", WitnessState::failing, "the hypervisor keeps writing the page"};
  std::string detail = vmclock->mapped() ? "mapped" : "read by system calls";
  detail += page->generation ? ", counts restores" : ", does not count restores";
  detail += ", host clock " + std::string(to_string(page->status)) + " " +
            std::string(to_string(page->scale));
  if (page->max_error) detail += " within " + format_rounded(*page->max_error);
  if (page->disruption_imminent) {
    detail += "; disruption announced within the next hour";
  } else if (page->disruption_soon) {
    detail += "; disruption announced within the next day";
  }
  return {"vmclock", WitnessState::ok, detail};
}

WitnessReport report_vmgenid(const std::string& device, const Result<GenerationListener>& uevents) {
  if (device.empty())
    return {"vmgenid", WitnessState::absent, "the hypervisor provides no generation ID"};
  if (!uevents) return {"vmgenid", state_of(uevents.error()), uevents.error().describe()};
  return {"vmgenid", WitnessState::ok,
          "device " + device + "; kernels from about 6.8 on report a change"};
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
      expected_rate_(kUnknownRate),
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
  late_ = core::LateLook();
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

void MachineWitnesses::expect(std::optional<Ppm> rate, std::uint64_t changes) {
  expected_rate_.store(rate ? rate->value : kUnknownRate, std::memory_order_relaxed);
  expected_changes_.store(changes, std::memory_order_release);
}

void MachineWitnesses::tell(std::function<void()> on_change) {
  const std::scoped_lock lock(telling_);
  on_change_ = std::move(on_change);
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
  due_ = next_second(clock_.now().mono);
  loop_.at(due_, [this] {
    const Nanos late = clock_.now().mono - due_;
    if (late >= kLateLook) {
      late_->by = late;
      late_->steal_before = sampler_.signs().steal;
      ++late_->count;
    }
    at_next_second();
    sample(false);
  });
}

void MachineWitnesses::sample(bool host_wanted) {
  sampler_.tick(host_wanted);
  const auto before = found_.latest();
  auto signs = std::make_shared<core::MachineSigns>(sampler_.signs());
  signs->generation = generations_;
  signs->late = late_;
  if (before && before->host && signs->host)
    signs->host_before =
        before->host->read == signs->host->read ? before->host_before : before->host;
  if (discipliner_) signs->discipliner = discipliner_();
  found_.publish(signs);
  if (!before || !has_news(*before, *signs)) return;
  const std::scoped_lock lock(telling_);
  if (on_change_) on_change_();
}

bool MachineWitnesses::has_news(const core::MachineSigns& before, const core::MachineSigns& now) {
  const bool page = page_has_changed();
  const bool clocks = clocks_have_moved();
  const bool host = now.host && before.host && now.host->read != before.host->read;
  return page || clocks || (host && host_has_moved(now)) || now.generation != before.generation ||
         now.clocksource != before.clocksource || now.late != before.late ||
         now.discipliner != before.discipliner;
}

bool MachineWitnesses::page_has_changed() {
  auto page = vmclock_ ? vmclock_->read() : Result<VmclockPage>(fail(vmclock_.error()));
  if (!page) return false;
  const auto before = std::exchange(watched_page_, *page);
  return before && (before->disruption_marker != page->disruption_marker ||
                    before->generation != page->generation ||
                    before->disruption_imminent != page->disruption_imminent);
}

// The kernel tells of sets. Where it seems to and does not (some sandboxes), this finds them.
bool MachineWitnesses::clocks_have_moved() {
  const core::ClockReading now = clock_.now();
  const core::ClockReading base = base_.value_or(now);
  const Nanos elapsed = now.mono - base.mono;
  const Nanos allowed = kClockMoved + now.width + base.width;
  const bool set = magnitude((now.wall - base.wall) - elapsed) > allowed ||
                   magnitude((now.boot - base.boot) - elapsed) > allowed;
  if (set || !base_) base_ = now;
  const std::uint64_t changes = expected_changes_.load(std::memory_order_acquire);
  const double rate = expected_rate_.load(std::memory_order_relaxed);
  const auto expected = std::isnan(rate) ? std::nullopt : std::optional(Ppm{rate});
  return slope_.look(now, expected, changes).has_value() || set;
}

}  // namespace slewd::os
