// SPDX-License-Identifier: Apache-2.0
// Reads the members of one line of a ledger, and remembers the first that is missing or of another
// kind.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_document.hpp"
#include "base/timeline.hpp"

namespace slewd::remedy {

class LineMembers {
 public:
  // `object` outlives this.
  explicit LineMembers(const JsonValue& object) : object_(object) {}

  [[nodiscard]] bool has(std::string_view key) const { return object_.find(key) != nullptr; }
  // `out` stays as it was when the member is missing or of another kind.
  void read(std::string_view key, std::string& out);
  void read(std::string_view key, bool& out);
  void read(std::string_view key, std::int64_t& out);
  void read(std::string_view key, double& out);  // an integer too: 12 and 12.0 are one number
  void read(std::string_view key, Nanos& out);
  void read(std::string_view key, std::vector<std::string>& out);
  // A number that counting from 1 has given; `out` is of no use after a complaint.
  void read_id(std::string_view key, std::uint64_t& out);
  // The elements of an array, or null.
  [[nodiscard]] const JsonValue::Array* array(std::string_view key);

  void complain(std::string_view key, std::string_view wanted);
  [[nodiscard]] const std::string& problem() const { return problem_; }  // empty: none

 private:
  const JsonValue* find(std::string_view key);

  const JsonValue& object_;
  std::string problem_;
};

}  // namespace slewd::remedy
