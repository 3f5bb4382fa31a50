// SPDX-License-Identifier: Apache-2.0
#include "agent/os/clock/clock_watch.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <ctime>
#include <limits>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/check.hpp"

namespace slewd::os {
namespace {

class KernelSetAlarm : public SetAlarm {
 public:
  explicit KernelSetAlarm(Fd fd) : fd_(std::move(fd)) {}

  [[nodiscard]] int descriptor() const override { return fd_.get(); }

  int arm() override {
    itimerspec never{};
    never.it_value.tv_sec = std::numeric_limits<time_t>::max();
    const int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    return ::timerfd_settime(fd_.get(), flags, &never, nullptr) == 0 ? 0 : errno;
  }

  int take() override {
    std::uint64_t expirations = 0;
    return ::read(fd_.get(), &expirations, sizeof expirations) < 0 ? errno : 0;
  }

 private:
  Fd fd_;
};

}  // namespace

Result<std::unique_ptr<SetAlarm>> make_set_alarm() {
  Fd fd(::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd.valid()) return fail(system_error("timerfd_create", errno));
  return std::make_unique<KernelSetAlarm>(std::move(fd));
}

Result<std::unique_ptr<ClockWatch>> ClockWatch::start(std::function<void()> on_set,
                                                      std::function<void()> on_end) {
  Result<std::unique_ptr<SetAlarm>> alarm = make_set_alarm();
  if (!alarm) return fail(std::move(alarm.error()).within("cannot watch the clock"));
  return start(std::move(*alarm), std::move(on_set), std::move(on_end));
}

Result<std::unique_ptr<ClockWatch>> ClockWatch::start(std::unique_ptr<SetAlarm> alarm,
                                                      std::function<void()> on_set,
                                                      std::function<void()> on_end) {
  const auto refuse = [](const char* call, int number) {
    return fail(system_error(call, number).within("cannot watch the clock"));
  };
  const int armed = alarm->arm();
  if (armed != 0 && armed != ECANCELED)
    return fail(Error(ErrorCode::unsupported, system_error("timerfd_settime", armed).message())
                    .within("cannot watch the clock"));
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return refuse("pipe2", errno);
  return std::unique_ptr<ClockWatch>(new ClockWatch(std::move(alarm), std::move(on_set),
                                                    std::move(on_end), Fd(ends[0]), Fd(ends[1])));
}

ClockWatch::ClockWatch(std::unique_ptr<SetAlarm> alarm, std::function<void()> on_set,
                       std::function<void()> on_end, Fd stop_read, Fd stop_write)
    : alarm_(std::move(alarm)),
      on_set_(std::move(on_set)),
      on_end_(std::move(on_end)),
      stop_read_(std::move(stop_read)),
      stop_write_(std::move(stop_write)),
      thread_([this] { run(); }) {}

ClockWatch::~ClockWatch() {
  stop_write_.reset();
  thread_.join();
}

void ClockWatch::run() {
  for (;;) {
    std::array<pollfd, 2> polled{
        {{alarm_->descriptor(), POLLIN, 0}, {stop_read_.get(), POLLIN, 0}}};
    const int ready = ::poll(polled.data(), polled.size(), -1);
    if (ready < 0 && errno == EINTR) continue;
    SLEWD_CHECK(ready >= 0);
    if (polled[1].revents != 0) return;
    if (polled[0].revents != 0 && !on_readable()) break;
  }
  on_end_();
}

bool ClockWatch::on_readable() {
  const int told = alarm_->take();
  if (told == EAGAIN || told == EINTR) return true;
  if (told != ECANCELED && told != 0) return false;
  // Armed again before the call, so that a change during `on_set` is told as well. One that came in
  // between makes arm() say ECANCELED, and this call covers it.
  const int armed = alarm_->arm();
  on_set_();
  return armed == 0 || armed == ECANCELED;
}

}  // namespace slewd::os
