// SPDX-License-Identifier: Apache-2.0
// Appends jumps to a ledger, and writes each event's number to standard output once append() has
// promised that it is on the disk. After COUNT of them it waits to be killed, if it has not been
// before. For jump_ledger_crash_test.cpp.
//
//   jump_ledger_writer PATH ROTATE_AT COUNT
#include <cstdint>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include "agent/records/jump_ledger.hpp"

#include "tests/unit/records/jump_sample.hpp"

int main(int argc, char** argv) {
  using namespace slewd;
  if (argc != 4) return 2;
  auto ledger = records::JumpLedger::open(argv[1], {"this-boot", BootTime{Nanos::max()}},
                                          static_cast<std::size_t>(std::atol(argv[2])));
  if (ledger.problem()) return 3;
  const auto append = [&](std::uint64_t id) {
    return ledger.append(records::jump(id)) &&
           ::write(STDOUT_FILENO, &id, sizeof id) == static_cast<ssize_t>(sizeof id);
  };
  // The one before may have been killed when it knew only half of its last event.
  if (const std::uint64_t last = ledger.history().last_id(); last > 0 && !append(last)) return 4;
  for (int count = std::atoi(argv[3]); count > 0; --count) {
    const std::uint64_t id = ledger.history().last_id() + 1;
    // Each third event is first seen without a size, as a migration is.
    if (id % 3 == 0 && !ledger.append(records::jump(id, Nanos{0}))) return 5;
    if (!append(id)) return 6;
  }
  ::pause();
}
