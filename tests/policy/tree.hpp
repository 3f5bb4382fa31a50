// SPDX-License-Identifier: Apache-2.0
// Reads the source tree from disk.
#pragma once

#include <filesystem>
#include <vector>

#include "tests/policy/source_file.hpp"

namespace slewd::policy {

// Every text file under `root`, sorted by path. Left out: build folders, hidden folders other than
// .ci, fuzz corpora and the licence, which are not ours to word.
[[nodiscard]] std::vector<SourceFile> load_tree(const std::filesystem::path& root);

}  // namespace slewd::policy
