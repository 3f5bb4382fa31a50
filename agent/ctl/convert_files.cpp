// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert_files.hpp"

#include <cerrno>
#include <cstdio>

#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app {
namespace {

constexpr mode_t kConvertedMode = 0644;

}  // namespace

Result<std::vector<NamedText>> read_matching(const std::string& pattern) {
  const std::string folder = folder_of(pattern);
  if (::access(folder.c_str(), R_OK | X_OK) != 0 && errno == EACCES)
    return fail(system_error("cannot look into " + folder, EACCES));
  glob_t found{};
  (void)::glob(pattern.c_str(), 0, nullptr, &found);
  const std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (paths.size() > limits::kConvertFiles)
    return fail(ErrorCode::limit,
                pattern + " has more than " + std::to_string(limits::kConvertFiles) + " files");
  std::vector<NamedText> files;
  for (const std::string& path : paths) {
    auto text = read_file(path, limits::kConvertBytes);
    if (!text) return fail(std::move(text.error()));
    files.push_back({path, std::move(*text)});
  }
  return files;
}

Result<bool> write_beside_former(const std::string& path, const std::string& text) {
  struct stat status {};
  const bool there = ::lstat(path.c_str(), &status) == 0;
  if (there && std::rename(path.c_str(), (path + ".old").c_str()) != 0)
    return fail(system_error("cannot rename " + path, errno));
  if (const auto written = write_atomically(path, text, kConvertedMode); !written)
    return fail(written.error());
  return there;
}

}  // namespace slewd::app
