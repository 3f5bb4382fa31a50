// SPDX-License-Identifier: Apache-2.0
#include "agent/config/drop_in_files.hpp"

#include <filesystem>
#include <set>
#include <system_error>

namespace slewd::app {

std::vector<std::string> drop_in_files(const std::string& folder, std::string_view extension,
                                       std::size_t max, MissingFolder missing,
                                       const DropInTexts& former,
                                       std::vector<std::string>& refused) {
  std::set<std::string> files;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    const std::filesystem::path& path = entry->path();
    // Editors and package managers keep their copies under hidden names.
    if (path.extension() == extension && !path.filename().string().starts_with('.'))
      files.insert(path.string());
  }
  const bool absent = problem == std::errc::no_such_file_or_directory;
  if (problem && !(absent && missing == MissingFolder::empty)) {
    refused.push_back(folder + ": " + problem.message());
    for (const auto& [path, text] : former)
      if (path.starts_with(folder)) files.insert(path);
  }
  std::vector<std::string> some(files.begin(), files.end());
  if (some.size() > max) {
    refused.push_back(some[max] + " and all later files: more than " + std::to_string(max) +
                      " files");
    some.resize(max);
  }
  return some;
}

}  // namespace slewd::app
