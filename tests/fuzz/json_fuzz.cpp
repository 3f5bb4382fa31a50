// SPDX-License-Identifier: Apache-2.0
// Any text as a configuration: parse_json refuses or takes it, and every value that it takes stands
// on a line of the text and can be read by the typed reader.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/json_document.hpp"
#include "base/json_reader.hpp"

namespace {

using slewd::JsonValue;

void check_lines(const JsonValue& value, int last_line) {
  SLEWD_CHECK(value.line() >= 1 && value.line() <= last_line);
  SLEWD_CHECK(!value.kind().empty());
  if (const auto* array = value.array()) {
    for (const JsonValue& item : *array) check_lines(item, last_line);
  }
  if (const auto* object = value.object()) {
    for (const auto& [key, member] : *object) {
      SLEWD_CHECK(value.find(key) == &member);  // keys are unique
      check_lines(member, last_line);
    }
  }
}

void read_typed(const JsonValue& value) {
  slewd::JsonProblems problems("fuzz");
  slewd::ObjectReader reader(value, "", problems);
  bool flag = false;
  std::string text;
  std::vector<std::string> texts;
  reader.get("flag", flag);
  reader.get("text", text);
  reader.get("texts", texts);
  reader.finish();
  SLEWD_CHECK(problems.empty() || !problems.to_error().describe().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = slewd::parse_json(text, "fuzz");
  if (parsed) {
    check_lines(*parsed, 1 + static_cast<int>(std::count(text.begin(), text.end(), '\n')));
    read_typed(*parsed);
  } else {
    SLEWD_CHECK(!parsed.error().describe().empty());
  }
  return 0;
}
