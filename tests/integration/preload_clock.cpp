// SPDX-License-Identifier: Apache-2.0
// A clock of its own for chosen processes: loaded with LD_PRELOAD, it adds a signed offset to every
// reading of the wall clock. The offset lives in a file that all these processes map, so a test
// "steps the clock" of a running Dovecot, and of slewd beside it, by writing eight bytes. Setting
// the clock only writes that file: nothing under this library can reach the kernel's clock.
// Monotonic clocks stay real, as they do when somebody steps a real machine. So do the kernel's
// rates: a frequency, a tick and a single shot are remembered and read back, but move nothing.
// Environment: SLEWD_PRELOAD_CLOCK names the file; without it, or without the file, the offset is
// 0.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMicrosecond = 1'000;

// The layout of the file, in host byte order; lib/clock_file.py writes it. All zero is a fresh,
// right clock. Each field is read and written whole, so a reader never sees half an offset.
struct SharedClock {
  std::atomic<std::int64_t> offset;          // nanoseconds added to the wall clock
  std::atomic<std::int64_t> settings;        // how often a process set or stepped the clock
  std::atomic<std::int64_t> frequency;       // ppm in 16.16 fixed point, as struct timex has it
  std::atomic<std::int64_t> tick_less_10ms;  // microseconds
  std::atomic<std::int64_t> single_shot;     // microseconds, as adjtime(3) has it
  std::atomic<std::int64_t> status;
  std::atomic<std::int64_t> max_error;  // microseconds
  std::atomic<std::int64_t> est_error;  // microseconds
  std::atomic<std::int64_t> time_constant;
  std::atomic<std::int64_t> tai;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);
static_assert(sizeof(SharedClock) == 10 * sizeof(std::int64_t));

// Stands in where there is no file; also absorbs writes where the file may only be read.
SharedClock own_clock;
std::atomic<SharedClock*> mapped_clock{nullptr};

SharedClock* map_file() {
  const char* path = std::getenv("SLEWD_PRELOAD_CLOCK");
  if (path == nullptr) {
    return &own_clock;
  }
  int protection = PROT_READ | PROT_WRITE;
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) {
    protection = PROT_READ;
    fd = open(path, O_RDONLY | O_CLOEXEC);
  }
  if (fd < 0) {
    return &own_clock;
  }
  struct stat about {};
  void* where = MAP_FAILED;
  if (fstat(fd, &about) == 0 && about.st_size >= static_cast<off_t>(sizeof(SharedClock))) {
    where = mmap(nullptr, sizeof(SharedClock), protection, MAP_SHARED, fd, 0);
  }
  close(fd);
  return where == MAP_FAILED ? &own_clock : static_cast<SharedClock*>(where);
}

// Mapped by the constructor already, since a server may shut itself into a chroot later, where the
// file is out of reach; the lazy path serves constructors of other libraries that run before ours.
SharedClock& shared_clock() {
  SharedClock* clock = mapped_clock.load(std::memory_order_acquire);
  if (clock == nullptr) {
    clock = map_file();
    mapped_clock.store(clock, std::memory_order_release);
  }
  return *clock;
}

__attribute__((constructor)) void map_at_start() { shared_clock(); }

bool is_wall(clockid_t id) {
  return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

std::int64_t to_nanos(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

timespec to_timespec(std::int64_t nanos) {
  std::int64_t seconds = nanos / kSecond;
  std::int64_t rest = nanos % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {.tv_sec = seconds, .tv_nsec = rest};
}

// The system call itself: no library function can lead back into this file.
int real_gettime(clockid_t id, timespec* out) {
  return static_cast<int>(syscall(SYS_clock_gettime, id, out));
}

std::int64_t shifted_now(clockid_t id) {
  timespec now{};
  real_gettime(id, &now);
  return to_nanos(now) + shared_clock().offset.load(std::memory_order_relaxed);
}

timeval shifted_timeval() {
  const timespec now = to_timespec(shifted_now(CLOCK_REALTIME));
  return {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / kMicrosecond};
}

void step(std::int64_t by) {
  shared_clock().offset.fetch_add(by, std::memory_order_relaxed);
  shared_clock().settings.fetch_add(1, std::memory_order_relaxed);
}

void store_if(unsigned int modes, unsigned int flag, std::atomic<std::int64_t>& field,
              std::int64_t value) {
  if ((modes & flag) != 0) {
    field.store(value, std::memory_order_relaxed);
  }
}

void fill_readback(timex& request) {
  const SharedClock& clock = shared_clock();
  const bool nanos = (clock.status.load() & STA_NANO) != 0;
  const timespec now = to_timespec(shifted_now(CLOCK_REALTIME));
  request.time = {.tv_sec = now.tv_sec,
                  .tv_usec = nanos ? now.tv_nsec : now.tv_nsec / kMicrosecond};
  request.offset = 0;
  request.freq = clock.frequency.load();
  request.maxerror = clock.max_error.load();
  request.esterror = clock.est_error.load();
  request.status = static_cast<int>(clock.status.load());
  request.constant = clock.time_constant.load();
  request.precision = 1;
  request.tolerance = 500L << 16;
  request.tick = 10'000 + clock.tick_less_10ms.load();
  request.tai = static_cast<int>(clock.tai.load());
}

// What the kernel's ntp_validate_timex and do_adjtimex do, less the motion.
int simulated_adjust(timex* request) {
  SharedClock& clock = shared_clock();
  const unsigned int modes = request->modes;
  if ((modes & 0x8000U) != 0) {  // ADJ_ADJTIME: the single shot, alone
    const std::int64_t before = clock.single_shot.load();
    if (modes != ADJ_OFFSET_SS_READ) {
      clock.single_shot.store(request->offset);
    }
    fill_readback(*request);
    request->offset = before;
    return (request->status & STA_UNSYNC) != 0 ? TIME_ERROR : TIME_OK;
  }
  if ((modes & ADJ_TICK) != 0 && (request->tick < 9'000 || request->tick > 11'000)) {
    errno = EINVAL;
    return -1;
  }
  if ((modes & ADJ_SETOFFSET) != 0) {
    const std::int64_t unit = (modes & ADJ_NANO) != 0 ? 1 : kMicrosecond;
    step(request->time.tv_sec * kSecond + request->time.tv_usec * unit);
  }
  constexpr std::int64_t kLimit = 500L << 16;
  const std::int64_t wanted = request->freq;
  store_if(modes, ADJ_FREQUENCY, clock.frequency,
           wanted > kLimit ? kLimit : (wanted < -kLimit ? -kLimit : wanted));
  store_if(modes, ADJ_TICK, clock.tick_less_10ms, request->tick - 10'000);
  store_if(modes, ADJ_STATUS, clock.status, request->status);
  store_if(modes, ADJ_MAXERROR, clock.max_error, request->maxerror);
  store_if(modes, ADJ_ESTERROR, clock.est_error, request->esterror);
  store_if(modes, ADJ_TIMECONST, clock.time_constant, request->constant);
  store_if(modes, ADJ_TAI, clock.tai, request->constant);
  store_if(modes, ADJ_NANO, clock.status, clock.status.load() | STA_NANO);
  store_if(modes, ADJ_MICRO, clock.status, clock.status.load() & ~STA_NANO);
  fill_readback(*request);
  return (request->status & STA_UNSYNC) != 0 ? TIME_ERROR : TIME_OK;
}

// The kernel stamps arriving packets by the real clock; a reader of these stamps must see the same
// clock that it reads itself.
void shift_stamps(msghdr* message) {
  const std::int64_t offset = shared_clock().offset.load(std::memory_order_relaxed);
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET) {
      continue;
    }
    if (part->cmsg_type == SCM_TIMESTAMPNS || part->cmsg_type == SCM_TIMESTAMPING) {
      // SCM_TIMESTAMPING carries three; only the first, software, is of the wall clock.
      timespec stamp{};
      std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
      if (stamp.tv_sec != 0) {
        stamp = to_timespec(to_nanos(stamp) + offset);
        std::memcpy(CMSG_DATA(part), &stamp, sizeof stamp);
      }
    } else if (part->cmsg_type == SCM_TIMESTAMP) {
      timeval stamp{};
      std::memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
      const timespec shifted =
          to_timespec(stamp.tv_sec * kSecond + stamp.tv_usec * kMicrosecond + offset);
      stamp = {.tv_sec = shifted.tv_sec, .tv_usec = shifted.tv_nsec / kMicrosecond};
      std::memcpy(CMSG_DATA(part), &stamp, sizeof stamp);
    }
  }
}

}  // namespace

// The C library names its parameters with reserved names, which are not ours to use.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

int clock_gettime(clockid_t id, timespec* out) noexcept {
  if (!is_wall(id)) {
    return real_gettime(id, out);
  }
  *out = to_timespec(shifted_now(id));
  return 0;
}

int gettimeofday(timeval* __restrict out, void* __restrict zone) noexcept {
  *out = shifted_timeval();
  if (zone != nullptr) {
    std::memset(zone, 0, sizeof(struct timezone));
  }
  return 0;
}

time_t time(time_t* out) noexcept {
  const time_t now = shifted_timeval().tv_sec;
  if (out != nullptr) {
    *out = now;
  }
  return now;
}

int timespec_get(timespec* out, int base) noexcept {
  if (base != TIME_UTC) {
    return 0;
  }
  *out = to_timespec(shifted_now(CLOCK_REALTIME));
  return base;
}

int clock_settime(clockid_t id, const timespec* to) noexcept {
  if (id != CLOCK_REALTIME) {
    errno = EINVAL;
    return -1;
  }
  step(to_nanos(*to) - shifted_now(CLOCK_REALTIME));
  return 0;
}

int settimeofday(const timeval* to, const struct timezone* /*zone*/) noexcept {
  if (to != nullptr) {
    step(to->tv_sec * kSecond + to->tv_usec * kMicrosecond - shifted_now(CLOCK_REALTIME));
  }
  return 0;
}

int adjtimex(timex* request) noexcept { return simulated_adjust(request); }
int ntp_adjtime(timex* request) noexcept { return simulated_adjust(request); }
int clock_adjtime(clockid_t /*id*/, timex* request) noexcept { return simulated_adjust(request); }

int adjtime(const timeval* delta, timeval* old) noexcept {
  const std::int64_t before = shared_clock().single_shot.load();
  if (delta != nullptr) {
    shared_clock().single_shot.store(delta->tv_sec * 1'000'000 + delta->tv_usec);
  }
  if (old != nullptr) {
    *old = {.tv_sec = before / 1'000'000, .tv_usec = before % 1'000'000};
  }
  return 0;
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  const auto got = static_cast<ssize_t>(syscall(SYS_recvmsg, fd, message, flags));
  if (got >= 0) {
    shift_stamps(message);
  }
  return got;
}

int recvmmsg(int fd, mmsghdr* messages, unsigned int count, int flags, timespec* timeout) {
  const auto got = static_cast<int>(syscall(SYS_recvmmsg, fd, messages, count, flags, timeout));
  for (int i = 0; i < got; ++i) {
    shift_stamps(&messages[i].msg_hdr);
  }
  return got;
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
