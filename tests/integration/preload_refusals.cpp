// SPDX-License-Identifier: Apache-2.0
// What a libc-level simulator demands of a program that it drives, as a library to load with
// LD_PRELOAD (docs/design/testing.md). Such a simulator stands in for the C library: it answers
// from a clock and a network of its own, knows few calls, and moves time in poll(2) alone. Here the
// real calls are made, those that it does not know end the program, and what it refuses is refused.
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace {

constexpr int kDescriptors = 1024;  // as many as an fd_set holds
constexpr std::size_t kControlBytes = 256;

enum class Descriptor : unsigned char { real, socket, readable_socket };
std::array<Descriptor, kDescriptors> descriptors;  // one thread: the program that is tested

[[noreturn]] void refuse(const char* what) {
  constexpr const char* kWho = "a libc-level simulator refuses: ";
  [[maybe_unused]] ssize_t written = write(STDERR_FILENO, kWho, std::strlen(kWho));
  written = write(STDERR_FILENO, what, std::strlen(what));
  written = write(STDERR_FILENO, "\n", 1);
  std::abort();
}

int invalid() {
  errno = EINVAL;
  return -1;
}

Descriptor& about(int fd) {
  if (fd < 0 || fd >= kDescriptors) {
    refuse("a descriptor beyond an fd_set");
  }
  return descriptors[static_cast<std::size_t>(fd)];
}

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// One ready descriptor at a time, and of a departure and a reply the departure: the others wait for
// the next round.
int keep_the_first(pollfd* polled, nfds_t count) {
  constexpr short kDeparture = POLLERR | POLLPRI;
  int ready = 0;
  for (nfds_t i = 0; i < count; ++i) {
    if (ready == 0 && polled[i].revents != 0) {
      if ((polled[i].revents & kDeparture) != 0)
        polled[i].revents = static_cast<short>(polled[i].revents & kDeparture);
      about(polled[i].fd) = Descriptor::readable_socket;
      ready = 1;
    } else {
      polled[i].revents = 0;
    }
  }
  return ready;
}

}  // namespace

// The C library names its parameters with reserved names, which are not ours to use.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  if (domain != AF_INET || type != SOCK_DGRAM) {
    return invalid();
  }
  const int fd = next<decltype(socket)>("socket")(domain, type, protocol);
  if (fd >= 0) {
    about(fd) = Descriptor::socket;
  }
  return fd;
}

int close(int fd) {
  if (fd >= 0 && fd < kDescriptors) {
    about(fd) = Descriptor::real;
  }
  return next<decltype(close)>("close")(fd);
}

// A real descriptor would be called readable at once and for ever: time would stand still.
int poll(pollfd* polled, nfds_t count, int timeout) {
  for (nfds_t i = 0; i < count; ++i) {
    if (about(polled[i].fd) == Descriptor::real) {
      refuse("poll() of a descriptor that is no UDP socket");
    }
    about(polled[i].fd) = Descriptor::socket;
  }
  const int ready = next<decltype(poll)>("poll")(polled, count, timeout);
  return ready <= 0 ? ready : keep_the_first(polled, count);
}

// A second read in a round would take the packet of another socket.
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  if (about(fd) != Descriptor::readable_socket) {
    refuse("recvmsg() of what poll() has not called readable, or twice");
  }
  about(fd) = Descriptor::socket;
  if (message->msg_iovlen != 1 || message->msg_controllen < kControlBytes) {
    refuse("recvmsg() into several parts, or with little room for control messages");
  }
  return next<decltype(recvmsg)>("recvmsg")(fd, message, flags);
}

int clock_gettime(clockid_t id, timespec* out) noexcept {
  switch (id) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
      return next<decltype(clock_gettime)>("clock_gettime")(id, out);
    default:
      return invalid();
  }
}

int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  in_addr address{};
  if (host == nullptr || inet_pton(AF_INET, host, &address) != 1) {
    return EAI_NONAME;
  }
  return next<decltype(getaddrinfo)>("getaddrinfo")(host, service, hints, found);
}

int fcntl(int fd, int command, ...) {
  if (command == F_DUPFD_CLOEXEC) {
    refuse("fcntl(F_DUPFD_CLOEXEC)");
  }
  va_list rest;
  va_start(rest, command);
  void* const argument = va_arg(rest, void*);
  va_end(rest);
  return next<decltype(fcntl)>("fcntl")(fd, command, argument);
}

long syscall(long number, ...) noexcept {
  if (number != SYS_futex && number != SYS_getrandom && number != SYS_gettid &&
      number != SYS_clock_adjtime) {
    refuse("syscall()");
  }
  std::array<long, 6> words{};
  va_list rest;
  va_start(rest, number);
  for (long& word : words) {
    word = va_arg(rest, long);
  }
  va_end(rest);
  return next<decltype(syscall)>("syscall")(number, words[0], words[1], words[2], words[3],
                                            words[4], words[5]);
}

int ppoll(pollfd*, nfds_t, const timespec*, const sigset_t*) { refuse("ppoll()"); }
int pselect(int, fd_set*, fd_set*, fd_set*, const timespec*, const sigset_t*) {
  refuse("pselect()");
}
int epoll_create(int) noexcept { refuse("epoll_create()"); }
int epoll_create1(int) noexcept { refuse("epoll_create1()"); }
int eventfd(unsigned int, int) noexcept { refuse("eventfd()"); }
int timerfd_create(clockid_t, int) noexcept { refuse("timerfd_create()"); }
int signalfd(int, const sigset_t*, int) noexcept { refuse("signalfd()"); }
int inotify_init() noexcept { refuse("inotify_init()"); }
int inotify_init1(int) noexcept { refuse("inotify_init1()"); }
int pipe2(int*, int) noexcept { refuse("pipe2()"); }
int socketpair(int, int, int, int*) noexcept { refuse("socketpair()"); }
int accept4(int, sockaddr*, socklen_t*, int) { refuse("accept4()"); }
int getpeername(int, sockaddr*, socklen_t*) noexcept { refuse("getpeername()"); }
int sendmmsg(int, mmsghdr*, unsigned int, int) { refuse("sendmmsg()"); }
ssize_t recv(int, void*, size_t, int) { refuse("recv()"); }
ssize_t recvfrom(int, void*, size_t, int, sockaddr*, socklen_t*) { refuse("recvfrom()"); }
// NOLINTNEXTLINE(bugprone-reserved-identifier): what a fortified program calls instead
ssize_t __recvfrom_chk(int, void*, size_t, size_t, int, sockaddr*, socklen_t*) {
  refuse("recvfrom()");
}
pid_t fork() noexcept { refuse("fork()"); }
pid_t vfork() noexcept { refuse("vfork()"); }
int posix_spawn(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                char* const*, char* const*) {
  refuse("posix_spawn()");
}
int posix_spawnp(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*,
                 char* const*, char* const*) {
  refuse("posix_spawnp()");
}
int system(const char*) { refuse("system()"); }
FILE* popen(const char*, const char*) { refuse("popen()"); }
unsigned int sleep(unsigned int) { refuse("sleep()"); }
unsigned int alarm(unsigned int) noexcept { refuse("alarm()"); }
int getentropy(void*, size_t) { refuse("getentropy(): runs would not repeat"); }

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
