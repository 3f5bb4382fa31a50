// SPDX-License-Identifier: Apache-2.0
// The files of a drop-in folder, as rules.folder and sources_folders have them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slewd::app {

// The texts in force, by path.
using DropInTexts = std::map<std::string, std::string>;

enum class MissingFolder { refused, empty };

// The paths of the files with `extension`, in the order of names, at most `max`; hidden files are
// left out. If the folder cannot be read completely, its files of `former` count as present.
// `refused` gets what was not read, and why.
[[nodiscard]] std::vector<std::string> drop_in_files(const std::string& folder,
                                                     std::string_view extension, std::size_t max,
                                                     MissingFolder missing,
                                                     const DropInTexts& former,
                                                     std::vector<std::string>& refused);

}  // namespace slewd::app
