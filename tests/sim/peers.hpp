// SPDX-License-Identifier: Apache-2.0
// The recorded figures of other daemons (peers.json), to be put beside ours.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json_document.hpp"
#include "base/result.hpp"

namespace slewd::tests {

class Peers {
 public:
  [[nodiscard]] static Result<Peers> parse(std::string_view text, std::string_view name);

  // One figure: of("lan", "6:6", "chrony43", "rms"); "gate" and "oracle" are daemons as well.
  [[nodiscard]] std::optional<double> of(const std::string& scenario, const std::string& poll,
                                         std::string_view daemon, std::string_view figure) const;

 private:
  JsonValue document_;
  std::map<std::pair<std::string, std::string>, const JsonValue*> rows_;
};

}  // namespace slewd::tests
