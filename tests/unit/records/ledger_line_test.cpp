// SPDX-License-Identifier: Apache-2.0
#include "agent/records/ledger_line.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd::records {
namespace {

using namespace std::chrono_literals;

const Stamp kStamp{"0f1e2d3c", MonoTime{12s}, BootTime{34s},
                   WallTime{Nanos{1'770'091'506'000'000'007}}};

LedgerEntry intent_entry() {
  rules::Intent decided;
  decided.id = 7;
  decided.rule = "dovecot-login-hang";
  decided.dry_run = false;
  decided.evidence = "backward_step(200s) = 11s";
  rules::Link link;
  link.action = rules::ServiceAction{rules::Verb::reload, "dovecot"};
  link.timeout = 10s;
  link.verify = rules::Verify{"dovecot.login", 2, 250ms, 5s};
  decided.links = {link};
  return entry_of(decided, kStamp);
}

LedgerEntry outcome_entry() {
  rules::Outcome ended;
  ended.intent = 7;
  ended.rule = "dovecot-login-hang";
  ended.action = "reload dovecot";
  ended.ending = rules::Ending::verified;
  ended.detail = "exit status 0";
  ended.took = 420ms;
  return entry_of(ended, kStamp);
}

TEST(LedgerLine, IsReadableByPeople) {
  EXPECT_EQ(to_line(intent_entry()),
            R"({"v":1,"kind":"intent","id":7,"wall":"2026-02-03T04:05:06.000000007Z",)"
            R"("wall_ns":1770091506000000007,"boot_id":"0f1e2d3c","boot_ns":34000000000,)"
            R"("mono_ns":12000000000,"rule":"dovecot-login-hang","dry_run":false,)"
            R"("evidence":"backward_step(200s) = 11s",)"
            R"("links":["reload dovecot, 10s, then dovecot.login 2 times within 5s"]})");
}

TEST(LedgerLine, ReadsBackWhatWasWritten) {
  EXPECT_EQ(parse_ledger_line(to_line(intent_entry())).value(), intent_entry());
  EXPECT_EQ(parse_ledger_line(to_line(outcome_entry())).value(), outcome_entry());
}

TEST(LedgerLine, TakesEveryEnding) {
  for (const rules::Ending ending : rules::kEndings) {
    LedgerEntry entry = outcome_entry();
    entry.ending = ending;
    EXPECT_EQ(parse_ledger_line(to_line(entry)).value().ending, ending);
  }
}

TEST(LedgerLine, StaysWithinItsLimitWhateverTheTexts) {
  LedgerEntry entry = intent_entry();
  const std::string worst(100000, '"');
  entry.rule = entry.evidence = entry.stamp.boot_id = worst;
  entry.links.assign(20, worst);
  EXPECT_LE(to_line(entry).size(), limits::kLedgerLineBytes);
  EXPECT_TRUE(parse_ledger_line(to_line(entry)));
  LedgerEntry other = outcome_entry();
  other.rule = other.action = other.detail = other.stamp.boot_id = worst;
  EXPECT_LE(to_line(other).size(), limits::kLedgerLineBytes);
}

TEST(LedgerLine, TakesBytesThatAreNoText) {
  LedgerEntry entry = outcome_entry();
  entry.detail = "\xff\n\x01";
  EXPECT_EQ(parse_ledger_line(to_line(entry)).value().detail, "? | ?");
}

TEST(LedgerLine, NoBeginningOfALineIsALine) {
  const std::string line = to_line(intent_entry());
  for (std::size_t size = 0; size < line.size(); ++size)
    EXPECT_FALSE(parse_ledger_line(line.substr(0, size))) << size;
}

TEST(LedgerLine, SaysWhatIsWrong) {
  const auto reason = [](std::string_view line) {
    const auto parsed = parse_ledger_line(line);
    return parsed ? "taken" : parsed.error().describe();
  };
  std::string line = to_line(outcome_entry());
  line.replace(line.find("verified"), 8, "perfect!");
  EXPECT_EQ(reason(line), "ending: a known word is missing");
  line = to_line(outcome_entry());
  line.replace(line.find("\"v\":1"), 5, "\"v\":2");
  EXPECT_EQ(reason(line), "v: the version 1 is missing");
  EXPECT_EQ(reason("[]"), "a ledger line must be an object, not an array");
  EXPECT_EQ(reason(R"({"v":1,"kind":"intent","id":-1})"), "id: a positive number is missing");
  EXPECT_EQ(reason(std::string(limits::kLedgerLineBytes + 1, ' ')), "a ledger line of 32769 bytes");
}

}  // namespace
}  // namespace slewd::records
