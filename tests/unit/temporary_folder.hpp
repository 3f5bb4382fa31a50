// SPDX-License-Identifier: Apache-2.0
// A folder of a test's own, whatever runs beside it; gone afterwards.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace slewd {

class TemporaryFolder {
 public:
  // Where files may be in memory: for tests that sync thousands of times.
  static std::filesystem::path fast_place() {
    return ::access("/dev/shm", W_OK) == 0 ? std::filesystem::path("/dev/shm")
                                           : std::filesystem::temp_directory_path();
  }

  explicit TemporaryFolder(
      const std::filesystem::path& place = std::filesystem::temp_directory_path()) {
    path_ = (place / "slewd-test-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr)
      throw std::filesystem::filesystem_error("mkdtemp", path_, {errno, std::generic_category()});
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  // Each writes a file and gives its path; only its owner may read and write it.
  std::string write(const std::string& name, std::string_view text) const {
    return put(name, text, std::ios::trunc);
  }
  std::string append(const std::string& name, std::string_view text) const {
    return put(name, text, std::ios::app);
  }

 private:
  [[nodiscard]] std::string put(const std::string& name, std::string_view text,
                                std::ios::openmode how) const {
    std::ofstream(file(name), std::ios::binary | how) << text;
    ::chmod(file(name).c_str(), S_IRUSR | S_IWUSR);
    return file(name);
  }

  std::string path_;
};

}  // namespace slewd
