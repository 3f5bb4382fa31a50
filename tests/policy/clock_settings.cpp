// SPDX-License-Identifier: Apache-2.0
// Prints what is set of the kernel's clock and stays set, and where the wall clock stands against
// the time since boot. Both clocks are slewed alike, so only a step changes their difference.
// adjtimex with modes = 0 reads; it needs no right and changes nothing.
#include <cstdio>
#include <ctime>

#include <sys/timex.h>

namespace {

long long milliseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return (static_cast<long long>(time.tv_sec) * 1000) + (time.tv_nsec / 1'000'000);
}

}  // namespace

int main() {
  timex settings{};
  if (adjtimex(&settings) < 0) {
    std::perror("adjtimex");
    return 1;
  }
  // The PPS signals and the error flag come and go by themselves.
  constexpr int kSetByPrograms = STA_PLL | STA_PPSFREQ | STA_PPSTIME | STA_FLL | STA_INS | STA_DEL |
                                 STA_UNSYNC | STA_FREQHOLD | STA_NANO | STA_MODE;
  std::printf("freq=%ld\ntick=%ld\nstatus=0x%x\ntai=%d\nwall_less_boot_ms=%lld\n", settings.freq,
              settings.tick, static_cast<unsigned>(settings.status & kSetByPrograms), settings.tai,
              milliseconds(CLOCK_REALTIME) - milliseconds(CLOCK_BOOTTIME));
  return 0;
}
