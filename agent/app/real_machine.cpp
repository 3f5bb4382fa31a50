#include "agent/app/real_machine.hpp"

#include <utility>

#include "agent/linux/clock_watch.hpp"

namespace slewd::app {
namespace {

class KernelWatch final : public WatchHandle {
 public:
  explicit KernelWatch(std::unique_ptr<os::ClockWatch> watch) : watch_(std::move(watch)) {}

 private:
  std::unique_ptr<os::ClockWatch> watch_;
};

}  // namespace

RealMachine::RealMachine(const std::string& state_directory)
    : drift_(state_directory + "/drift", os::machine_identity()) {}

Result<std::unique_ptr<WatchHandle>> RealMachine::watch_clock(std::function<void()> on_set) {
  auto watch = os::ClockWatch::start(std::move(on_set));
  if (!watch) return fail(std::move(watch.error()));
  return std::unique_ptr<WatchHandle>(std::make_unique<KernelWatch>(std::move(*watch)));
}

}  // namespace slewd::app
