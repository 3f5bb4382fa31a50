// SPDX-License-Identifier: Apache-2.0
// Whole configurations beside this file: inputs/NAME becomes expected/NAME.json.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/config/config.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

#include "tests/unit/ctl/convert/converted.hpp"

namespace slewd::app {
namespace {

namespace fs = std::filesystem;

// Members that the decoder does not have yet: what has one of them is not checked.
constexpr std::array<std::string_view, 9> kKeysToCome{
    "nts", "key", "keys_file", "authenticated", "phc", "sock", "shm", "tai", "offline"};

bool has_key_to_come(std::string_view text) {
  return std::ranges::any_of(kKeysToCome, [&](std::string_view key) {
    return text.find("\"" + std::string(key) + "\": ") != std::string_view::npos;
  });
}

std::string read_text(const fs::path& path) {
  return read_file(path.string(), limits::kConfigBytes).value_or("");
}

// What the inputs name.
FilesByPattern named_files() {
  return {{"/etc/chrony/conf.d/*.conf",
           {{"/etc/chrony/conf.d/site.conf", "# of the site\nminsources 1\nlogchange 0.5\n"}}},
          {"/etc/chrony/sources.d/*.sources",
           {{"/etc/chrony/sources.d/a.sources", "server a.example.net iburst prefer\n"},
            {"/etc/chrony/sources.d/b.sources", "\nserver b.example.net minpoll 5\n"}}},
          {"timesyncd.conf.d/*.conf",
           {{"timesyncd.conf.d/10-site.conf", "[Time]\nFallbackNTP=\nPollIntervalMinSec=32\n"}}}};
}

std::vector<std::string> input_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(SLEWD_CONVERT_FOLDER "/inputs"))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

class ConvertGolden : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string input() const {
    return read_text(SLEWD_CONVERT_FOLDER "/inputs/" + GetParam());
  }
  [[nodiscard]] Conversion conversion() const {
    return converted(GetParam(), input(), {}, named_files());
  }
};

TEST_P(ConvertGolden, BecomesWhatIsExpected) {
  const Conversion result = conversion();
  const std::string path = SLEWD_CONVERT_FOLDER "/expected/" + GetParam() + ".json";
  if (std::getenv("SLEWD_UPDATE_DOCS") != nullptr) std::ofstream(path) << result.text;
  EXPECT_EQ(result.text, read_text(path)) << "SLEWD_UPDATE_DOCS=1 rewrites it";
}

TEST_P(ConvertGolden, IsAConfigurationThatSlewdReads) {
  const Conversion result = conversion();
  if (has_key_to_come(result.text)) GTEST_SKIP() << "a member of it is not there yet";
  const auto config = parse_config(result.text, "slewd.json");
  EXPECT_TRUE(config) << config.error().describe();
}

TEST_P(ConvertGolden, CitesEveryLine) {
  const std::string lines = input();
  const std::string text = conversion().text;
  std::size_t number = 0;
  bool goes_on = false;  // a line that began before
  for (const std::string_view line : split(lines, '\n')) {
    ++number;
    const std::string_view said = trim(line);
    const bool comment =
        said.empty() || std::string_view("#;!%").find(said[0]) != std::string::npos;
    const bool heading = said.starts_with('[');  // of a section
    if (!comment && !heading && !goes_on) {
      EXPECT_THAT(text, testing::HasSubstr(GetParam() + ":" + std::to_string(number) + ": "))
          << said;
    }
    goes_on = said.ends_with('\\');
  }
}

TEST_P(ConvertGolden, SaysWhetherEverythingIsExpressed) {
  const Conversion result = conversion();
  EXPECT_EQ(result.complete, result.report.empty());
  EXPECT_EQ(result.complete, result.text.find("// Has no equivalent:") == std::string::npos);
}

std::string test_name(const testing::TestParamInfo<std::string>& of) {
  std::string name = of.param;
  std::ranges::replace_if(
      name, [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, ConvertGolden, testing::ValuesIn(input_names()), &test_name);

}  // namespace
}  // namespace slewd::app
