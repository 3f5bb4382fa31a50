// A folder of log files of a test's own; gone afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace slewd::remedy {

class LogFolder {
 public:
  LogFolder() {
    std::string pattern = testing::TempDir() + "slewd-logs-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr) << pattern;
    path_ = pattern;
  }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;
  ~LogFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Appends; makes the file when it does not exist.
  std::string append(const std::string& name, std::string_view text) const {
    std::ofstream(file(name), std::ios::binary | std::ios::app) << text;
    return file(name);
  }
  void rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(file(from), file(to));
  }
  void truncate(const std::string& name) const { std::filesystem::resize_file(file(name), 0); }

 private:
  std::string path_;
};

}  // namespace slewd::remedy
