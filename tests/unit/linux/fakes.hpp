// What the tests of this folder put in the place of time and disk.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "agent/core/ports.hpp"

namespace slewd::os {

// Stands still until told, or moves by `per_look` at each reading.
class FakeClock : public core::Clock {
 public:
  [[nodiscard]] core::ClockReading now() const override {
    reading_.mono += per_look;
    return reading_;
  }
  void advance(Nanos by) { reading_.mono += by; }
  [[nodiscard]] MonoTime mono() const { return reading_.mono; }

  Nanos per_look{};

 private:
  mutable core::ClockReading reading_;
};

// A folder of its own, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "slewd-test-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) == nullptr ? std::string() : pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace slewd::os
