// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/demo_victim.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/os/clock/system_clock.hpp"
#include "agent/os/poll_loop.hpp"
#include "base/fd.hpp"
#include "sim/victim.hpp"

#include "lab/demo/shared_wall.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kServiceTurn = 100ms;  // of the service's event loop
constexpr Nanos kOrphaned = 5s;        // without an update from the demo
constexpr std::size_t kClients = 16;
constexpr std::size_t kLineBytes = 512;

// The service's own view of time: real monotonic clocks, the simulated wall clock.
class VictimClock final : public core::Clock {
 public:
  explicit VictimClock(const SharedWall& page) : page_(page) {}
  [[nodiscard]] core::ClockReading now() const override {
    core::ClockReading reading = real_.now();
    reading.wall = page_.wall_at(reading.raw);
    return reading;
  }

 private:
  os::SystemClock real_;
  const SharedWall& page_;
};

void append_line(const std::string& path, const std::string& line) {
  const Fd log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const std::string text = line + "\n";
  // The last message of a process that is about to die; its loss cannot be reported.
  if (log.valid()) (void)!::write(log.get(), text.data(), text.size());
}

class Service {
 public:
  Service(const SharedWall& page, Fd listener, const std::string& log)
      : page_(page),
        clock_(page),
        loop_(clock_),
        listener_(std::move(listener)),
        victim_(sim::VictimKind::kills_itself,
                [log](const std::string& line) { append_line(log, line); }) {}

  int run() {
    victim_.start(clock_.now());
    loop_.watch(listener_.get(), POLLIN, [this](short) { accept_client(); });
    turn();
    loop_.run();
    return victim_.exit_status().value_or(0);
  }

 private:
  struct Client {
    Fd fd;
    std::string pending;
  };

  void turn() {
    const core::ClockReading now = clock_.now();
    victim_.wake(now);
    const bool orphaned = page_.silent_for(now.raw) > kOrphaned;
    if (!victim_.alive() || page_.demo_has_ended() || orphaned) return loop_.stop();
    loop_.at(now.mono + kServiceTurn, [this] { turn(); });
  }

  void accept_client() {
    Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd.valid() || clients_.size() >= kClients) return;
    const int number = fd.get();
    if (!tell(number, victim_.greeting(clock_.now()))) return;
    clients_[number] = Client{std::move(fd), {}};
    loop_.watch(number, POLLIN, [this, number](short) { hear(number); });
  }

  void hear(int number) {
    std::array<char, kLineBytes> buffer{};
    const ssize_t got = ::read(number, buffer.data(), buffer.size());
    Client& client = clients_.at(number);
    if (got > 0) client.pending.append(buffer.data(), static_cast<std::size_t>(got));
    const auto end = client.pending.find('\n');
    const bool over = got <= 0 || (end == std::string::npos && client.pending.size() > kLineBytes);
    if (!over && end == std::string::npos) return;
    if (over || !tell(number, victim_.answer(client.pending.substr(0, end), clock_.now())))
      return hang_up(number);
    client.pending.erase(0, end + 1);
  }

  static bool tell(int number, const std::string& text) {
    return ::send(number, text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }

  void hang_up(int number) {
    loop_.unwatch(number);
    clients_.erase(number);
  }

  const SharedWall& page_;
  VictimClock clock_;
  os::PollLoop loop_;
  Fd listener_;
  sim::Victim victim_;
  std::map<int, Client> clients_;
};

Result<Fd> listen_on(std::uint16_t port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail(system_error("socket", errno));
  const int yes = 1;
  (void)::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return fail(system_error("bind", errno).within("port " + std::to_string(port)));
  if (::listen(fd.get(), 16) != 0) return fail(system_error("listen", errno));
  return fd;
}

// In the forked child: leave the caller's session and its pipes, then serve until the end.
[[noreturn]] void serve(const SharedWall& page, Fd listener, const std::string& log) {
  ::setsid();
  const Fd nowhere(::open("/dev/null", O_RDWR));
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::dup2(nowhere.get(), standard);
  Service service(page, std::move(listener), log);
  ::_exit(service.run());
}

}  // namespace

Result<void> launch_victim(const VictimOptions& options) {
  auto page = SharedWall::open(options.clock_page);
  if (!page) return fail(std::move(page.error()));
  // The listener is open before the fork: when this returns, clients can connect.
  auto listener = listen_on(options.port);
  if (!listener) return fail(std::move(listener.error()));
  // Twice, so that init reaps the service, as for a daemon.
  const pid_t child = ::fork();
  if (child < 0) return fail(system_error("fork", errno));
  if (child == 0) {
    const pid_t grandchild = ::fork();
    if (grandchild != 0) ::_exit(grandchild < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
    serve(**page, std::move(*listener), options.log);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
    return fail(ErrorCode::unavailable, "the mail service could not be started");
  return {};
}

std::vector<std::string> victim_command(const std::string& self, const VictimOptions& options) {
  return {self,      "demo-victim",      "--port", std::to_string(options.port),
          "--clock", options.clock_page, "--log",  options.log};
}

}  // namespace slewd::lab
