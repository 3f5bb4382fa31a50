// SPDX-License-Identifier: Apache-2.0
// The files that a configuration names, from memory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/ctl/convert/convert.hpp"

namespace slewd::app {

using FilesByPattern = std::map<std::string, std::vector<NamedText>>;

inline ReadFiles files_of(FilesByPattern files) {
  return [files = std::move(files)](const std::string& pattern) -> Result<std::vector<NamedText>> {
    const auto found = files.find(pattern);
    return found == files.end() ? std::vector<NamedText>() : found->second;
  };
}

inline Conversion converted(const std::string& name, const std::string& text,
                            std::optional<ForeignFormat> from = {}, FilesByPattern files = {}) {
  auto result = convert_config({name, text}, from, files_of(std::move(files)));
  if (result) return *result;
  Conversion none;
  none.text = result.error().describe();
  none.complete = false;
  return none;
}

}  // namespace slewd::app
