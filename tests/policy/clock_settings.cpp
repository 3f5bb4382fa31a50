// Prints what is set of the kernel's clock and stays set: frequency, tick and the status bits that
// only a program changes. adjtimex with modes = 0 reads; it needs no right and changes nothing.
#include <cstdio>

#include <sys/timex.h>

int main() {
  timex settings{};
  if (adjtimex(&settings) < 0) {
    std::perror("adjtimex");
    return 1;
  }
  // The PPS bits and the error flag come and go by themselves.
  constexpr int kSetByPrograms = STA_PLL | STA_PPSFREQ | STA_PPSTIME | STA_FLL | STA_INS | STA_DEL |
                                 STA_UNSYNC | STA_FREQHOLD | STA_NANO | STA_MODE;
  std::printf("freq=%ld tick=%ld status=0x%x tai=%d\n", settings.freq, settings.tick,
              static_cast<unsigned>(settings.status & kSetByPrograms), settings.tai);
  return 0;
}
