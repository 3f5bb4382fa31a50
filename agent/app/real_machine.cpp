// SPDX-License-Identifier: Apache-2.0
#include "agent/app/real_machine.hpp"

#include <utility>

#include "agent/app/file_dates.hpp"
#include "agent/os/clock/clock_watch.hpp"
#include "agent/os/machine/discipliner_scan.hpp"

namespace slewd::app {
namespace {

class KernelWatch final : public WatchHandle {
 public:
  KernelWatch(std::unique_ptr<os::ClockWatch> watch, os::MachineWitnesses* witnesses)
      : watch_(std::move(watch)), witnesses_(witnesses) {}
  KernelWatch(const KernelWatch&) = delete;
  KernelWatch& operator=(const KernelWatch&) = delete;
  ~KernelWatch() override {
    if (witnesses_ != nullptr) witnesses_->tell({});
  }
  [[nodiscard]] bool compares_clocks() const override { return witnesses_ != nullptr; }

 private:
  std::unique_ptr<os::ClockWatch> watch_;
  os::MachineWitnesses* witnesses_;
};

Result<std::unique_ptr<os::ClockCallWatch>> watch_calls(os::CallTracing tracing) {
  if (!tracing.tracepoints) return fail(std::move(tracing.tracepoints.error()));
  return os::ClockCallWatch::start(std::move(*tracing.tracepoints), std::move(tracing.events));
}

}  // namespace

RealMachine::RealMachine(const std::string& state_directory, std::optional<os::CallTracing> tracing)
    : plausible_(read_plausible_time(state_directory)),
      drift_(state_directory + "/drift", os::machine_identity()),
      at_start_(tracing ? std::string() : os::find_discipliner().value_or("")) {
  if (tracing) start_watching(std::move(*tracing));
}

void RealMachine::start_watching(os::CallTracing tracing) {
  witnesses_ = std::make_unique<os::MachineWitnesses>(
      clock_, [scan = std::make_shared<os::DisciplinerScan>()] {
        return scan->look().value_or(std::string());
      });
  witnesses_->start();
  if (const std::string hidden = os::hidden_processes(); !hidden.empty())
    shortcomings_.push_back(
        "other time daemons can be detected only by their changes of the clock: " + hidden);
  auto calls = watch_calls(std::move(tracing));
  if (calls)
    calls_ = std::move(*calls);
  else
    shortcomings_.push_back("cannot identify who sets the clock: " + calls.error().describe());
}

core::Witnesses& RealMachine::witnesses() {
  if (witnesses_ == nullptr) return at_start_;
  return *witnesses_;
}

core::ClockCalls& RealMachine::clock_calls() {
  if (calls_ == nullptr) return no_calls_;
  return *calls_;
}

Result<std::unique_ptr<WatchHandle>> RealMachine::watch_clock(ClockNews news) {
  auto watch = os::ClockWatch::start(std::move(news.set), std::move(news.end));
  if (!watch) return fail(std::move(watch.error()));
  if (witnesses_ != nullptr) witnesses_->tell(std::move(news.sign));
  return std::unique_ptr<WatchHandle>(
      std::make_unique<KernelWatch>(std::move(*watch), witnesses_.get()));
}

}  // namespace slewd::app
