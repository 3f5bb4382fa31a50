// SPDX-License-Identifier: Apache-2.0
#include "tests/policy/tree.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace slewd::policy {
namespace {

namespace fs = std::filesystem;

bool is_foreign_folder(const fs::path& folder, const fs::path& root) {
  const std::string name = folder.filename().string();
  const bool hidden = name.starts_with(".") && name != ".ci";
  // A build folder may have any name: CMake leaves its cache there.
  return hidden || name == "corpus" || name == "__pycache__" ||
         (name == "build" && folder.parent_path() == root) || fs::exists(folder / "CMakeCache.txt");
}

bool is_text_of_ours(const fs::path& file) {
  static constexpr std::array<std::string_view, 19> kEndings{
      ".hpp", ".cpp", ".txt",  ".cmake", ".json", ".md", ".py",   ".sh",      ".yaml", ".yml",
      ".tpl", ".js",  ".html", ".css",   ".S",    ".in", ".conf", ".service", ".go"};
  const std::string name = file.filename().string();
  if (name == "LICENSE") {
    return false;
  }
  return !file.has_extension() ||
         std::find(kEndings.begin(), kEndings.end(), file.extension().string()) != kEndings.end();
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

std::vector<SourceFile> load_tree(const fs::path& root) {
  std::vector<SourceFile> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator();
       ++it) {
    if (it->is_directory()) {
      if (is_foreign_folder(it->path(), root)) {
        it.disable_recursion_pending();
      }
      continue;
    }
    if (!it->is_regular_file() || !is_text_of_ours(it->path())) {
      continue;
    }
    const std::string text = read_text(it->path());
    if (text.find('\0') == std::string::npos) {
      files.push_back(parse_source(fs::relative(it->path(), root).generic_string(), text));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace slewd::policy
