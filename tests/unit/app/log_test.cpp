// SPDX-License-Identifier: Apache-2.0
#include "agent/app/log.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace slewd::app {
namespace {

using testing::HasSubstr;

std::string logfmt(const std::string& value) {
  return format_line(LogFormat::logfmt, "it happened", {{"key", value}});
}

nlohmann::json json(std::string_view event, const std::string& value) {
  const std::string line = format_line(LogFormat::json, event, {{"key", value}});
  return nlohmann::json::parse("{" + line + "}", nullptr, false);
}

TEST(LogLine, LogfmtQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(logfmt("-11s"), R"(event="it happened" key=-11s)");
  EXPECT_EQ(logfmt(""), R"(event="it happened" key="")");
  EXPECT_EQ(logfmt("two words"), R"(event="it happened" key="two words")");
  EXPECT_EQ(logfmt("a=b"), R"(event="it happened" key="a=b")");
  EXPECT_EQ(logfmt(R"(say "hi")"), R"(event="it happened" key="say \"hi\"")");
  EXPECT_EQ(logfmt(R"(a\b)"), R"(event="it happened" key="a\\b")");
}

TEST(LogLine, NothingInAFieldEndsTheLineOrReachesTheTerminal) {
  EXPECT_EQ(logfmt("a\nlevel=error b"), R"(event="it happened" key="a\nlevel=error b")");
  EXPECT_EQ(logfmt("\x1b[2J"), R"(event="it happened" key="\u001b[2J")");
  EXPECT_EQ(logfmt("\x7f"), R"(event="it happened" key="\u007f")");
}

TEST(LogLine, LogfmtIsUtf8Too) {
  EXPECT_EQ(logfmt("z\xc3\xbcrich"), "event=\"it happened\" key=\"z\xc3\xbcrich\"");
  EXPECT_EQ(logfmt("z\xfcrich"), "event=\"it happened\" key=\"z\xef\xbf\xbdrich\"");
}

TEST(LogLine, JsonReadsBackTheSame) {
  for (const std::string value :
       {"-11s", "", "two words", "say \"hi\"", "a\\b", "a\nb\r\tc", "\x1b[2J", "z\xc3\xbcrich"}) {
    const nlohmann::json line = json("clock \"set\"", value);
    ASSERT_FALSE(line.is_discarded()) << value;
    EXPECT_EQ(line.at("event"), "clock \"set\"");
    EXPECT_EQ(line.at("key"), value);
  }
}

TEST(LogLine, JsonStaysValidForEveryByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string value{'a', static_cast<char>(byte), 'b'};
    EXPECT_FALSE(json(value, value).is_discarded()) << "byte " << byte;
  }
}

TEST(LogLine, JsonReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json("e", "a\xff").at("key"), "a\xef\xbf\xbd");
  EXPECT_EQ(json("e", "\xc3").at("key"), "\xef\xbf\xbd");
}

TEST(Log, WritesOneLineWithTimeAndLevel) {
  testing::internal::CaptureStderr();
  {
    Log log({.level = LogLevel::info, .format = LogFormat::json}, Log::Delivery::direct);
    log.write(LogLevel::warning, "the clock jumped", {{"size", "-11s"}});
  }
  const auto line = nlohmann::json::parse(testing::internal::GetCapturedStderr(), nullptr, false);
  ASSERT_FALSE(line.is_discarded());
  EXPECT_EQ(line.at("level"), "warning");
  EXPECT_EQ(line.at("event"), "the clock jumped");
  EXPECT_EQ(line.at("size"), "-11s");
  EXPECT_TRUE(line.contains("ts"));
}

TEST(Log, TakesBracesForText) {
  testing::internal::CaptureStderr();
  { Log({}, Log::Delivery::direct).write(LogLevel::info, "{} {0}", {{"key", "{}"}}); }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr(R"(event="{} {0}" key={})"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  testing::internal::CaptureStderr();
  {
    Log log({.level = LogLevel::error}, Log::Delivery::direct);
    log.write(LogLevel::warning, "small");
    log.write(LogLevel::error, "large");
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("small"), std::string::npos);
  EXPECT_NE(text.find("large"), std::string::npos);
}

TEST(Log, AnAsynchronousLogHasWrittenEverythingWhenItEnds) {
  testing::internal::CaptureStderr();
  {
    Log log({}, Log::Delivery::asynchronous);
    for (int i = 0; i < 100; ++i) log.write(LogLevel::info, "line", {{"n", std::to_string(i)}});
    EXPECT_EQ(log.dropped(), 0U);
  }
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 100);
  EXPECT_THAT(text, HasSubstr("n=99"));
}

}  // namespace
}  // namespace slewd::app
