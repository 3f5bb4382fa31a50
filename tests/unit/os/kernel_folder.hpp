// SPDX-License-Identifier: Apache-2.0
// A /sys, /dev and /proc of a test's own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "agent/os/machine/sign_sampler.hpp"

#include "tests/unit/os/fakes.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::os {

class KernelFolder {
 public:
  KernelFolder() {
    for (const char* name : {"sys", "dev", "proc"})
      std::filesystem::create_directories(folder_.file(name));
  }

  // `path` begins with sys/, dev/ or proc/.
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path whole(folder_.file(path));
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void remove(const std::string& path) const { std::filesystem::remove(folder_.file(path)); }
  void write_rtc(long seconds) const {
    write("sys/class/rtc/rtc0/since_epoch", std::to_string(seconds) + "\n");
  }
  void write_clocksource(const std::string& name) const {
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", name + "\n");
  }
  void write_steal(long ticks) const {
    write("proc/stat", "cpu  1 2 3 4 5 6 7 " + std::to_string(ticks) + " 9 10\ncpu0 1 2\n");
  }
  [[nodiscard]] std::string file(const std::string& path) const { return folder_.file(path); }
  [[nodiscard]] KernelFolders places() const {
    return {folder_.file("sys"), folder_.file("dev"), folder_.file("proc")};
  }

 private:
  TemporaryFolder folder_;
};

// All timelines at once, as tests need them; each may be set.
class FourClocks : public core::Clock {
 public:
  [[nodiscard]] core::ClockReading now() const override { return reading; }
  void pass(Nanos time) {
    reading.mono += time;
    reading.raw += time;
    reading.boot += time;
    reading.wall += time;
  }
  core::ClockReading reading{
      MonoTime{Nanos{0}}, RawTime{Nanos{0}}, BootTime{Nanos{0}}, WallTime{Nanos{0}}, {}, {}};
};

}  // namespace slewd::os
