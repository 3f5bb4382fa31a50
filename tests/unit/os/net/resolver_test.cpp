// SPDX-License-Identifier: Apache-2.0
#include "agent/os/net/resolver.hpp"

#include <latch>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/os/net/endpoint.hpp"
#include "base/limits.hpp"

#include "tests/unit/os/fakes.hpp"

namespace slewd::os {
namespace {

using Addresses = Result<std::vector<core::Endpoint>>;
using testing::HasSubstr;

Addresses one_address(const std::string&, std::uint16_t port) {
  return std::vector<core::Endpoint>{*parse_numeric("192.0.2.7", port)};
}

Addresses never_asked(const std::string& host, std::uint16_t) {
  ADD_FAILURE() << "asked for " << host;
  return std::vector<core::Endpoint>{};
}

TEST(ThreadedResolver, AnswersANumericAddressAtOnceAndWithoutAsking) {
  FakeClock clock;
  PollLoop loop(clock);
  ThreadedResolver resolver(loop, never_asked);
  std::optional<Addresses> got;
  resolver.lookup("2001:db8::5", 123, [&](Addresses answer) { got = std::move(answer); });
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(core::format((*got)->front()), "[2001:db8::5]:123");
}

TEST(ThreadedResolver, AnswersANameOnTheLoopsThread) {
  FakeClock clock;
  PollLoop loop(clock);
  ThreadedResolver resolver(loop, one_address);
  std::optional<Addresses> got;
  const auto here = std::this_thread::get_id();
  resolver.lookup("time.example", 123, [&](Addresses answer) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    got = std::move(answer);
    loop.stop();
  });
  EXPECT_FALSE(got);
  loop.run();
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(core::format((*got)->front()), "192.0.2.7:123");
}

TEST(ThreadedResolver, RefusesANameThatCannotBeOne) {
  FakeClock clock;
  PollLoop loop(clock);
  ThreadedResolver resolver(loop, never_asked);
  for (const std::string& host : {std::string(), std::string(300, 'a'), std::string("a\0b", 3)}) {
    std::optional<Addresses> got;
    resolver.lookup(host, 123, [&](Addresses answer) { got = std::move(answer); });
    ASSERT_TRUE(got && !*got);
    EXPECT_EQ(got->error().code(), ErrorCode::invalid);
  }
}

TEST(ThreadedResolver, AnswersEachNameOnceAndRefusesAtItsBound) {
  FakeClock clock;
  PollLoop loop(clock);
  std::latch entered(1);
  std::latch release(1);
  ThreadedResolver resolver(loop, [&](const std::string& host, std::uint16_t port) {
    if (host == "first") {
      entered.count_down();
      release.wait();
    }
    return one_address(host, port);
  });
  std::size_t answered = 0;
  std::size_t refused = 0;
  const auto count = [&](const Addresses& answer) { ++(answer ? answered : refused); };
  resolver.lookup("first", 123, count);
  entered.wait();
  for (std::size_t i = 0; i < limits::kResolverQueue + 3; ++i)
    resolver.lookup("time.example", 123, count);
  EXPECT_EQ(refused, 3U);
  release.count_down();
  while (answered < limits::kResolverQueue + 1) loop.run_once(Nanos::max());
  EXPECT_EQ(refused, 3U);
}

TEST(ThreadedResolver, LosesNoAnswerToAFullMailbox) {
  FakeClock clock;
  PollLoop loop(clock);
  for (std::size_t i = 0; i < limits::kMailbox; ++i) ASSERT_TRUE(loop.post([] {}));
  ThreadedResolver resolver(loop, one_address);
  bool answered = false;
  resolver.lookup("time.example", 123, [&](const Addresses&) {
    answered = true;
    loop.stop();
  });
  while (loop.dropped() == 0) std::this_thread::yield();
  loop.run();
  EXPECT_TRUE(answered);
}

TEST(ThreadedResolver, EndsWithoutWaitingForANameServer) {
  FakeClock clock;
  PollLoop loop(clock);
  // Shared: the helper thread outlives both the resolver and this test's wish.
  struct Gates {
    std::latch entered{1};
    std::latch release{1};
    std::latch left{1};
  };
  const auto gates = std::make_shared<Gates>();
  {
    ThreadedResolver resolver(loop, [gates](const std::string& host, std::uint16_t port) {
      gates->entered.count_down();
      gates->release.wait();
      gates->left.count_down();
      return one_address(host, port);
    });
    resolver.lookup("time.example", 123, [](const Addresses&) { ADD_FAILURE(); });
    resolver.lookup("time2.example", 123, [](const Addresses&) { ADD_FAILURE(); });
    gates->entered.wait();
  }
  gates->release.count_down();
  gates->left.wait();
  loop.run_once(Nanos{0});
}

TEST(ThreadedResolver, DropsAnAnswerThatIsUnderWayWhenItEnds) {
  FakeClock clock;
  PollLoop loop(clock);
  const auto second_began = std::make_shared<std::latch>(1);
  {
    ThreadedResolver resolver(loop, [second_began](const std::string& host, std::uint16_t port) {
      if (host == "second") second_began->count_down();
      return one_address(host, port);
    });
    for (const char* host : {"first", "second"})
      resolver.lookup(host, 123, [](const Addresses&) { ADD_FAILURE(); });
    second_began->wait();  // so the first answer lies in the mailbox
  }
  loop.run_once(Nanos::max());
}

TEST(SynchronousResolver, AnswersBeforeItReturns) {
  SynchronousResolver resolver(one_address);
  std::optional<Addresses> got;
  resolver.lookup("time.example", 9, [&](Addresses answer) { got = std::move(answer); });
  ASSERT_TRUE(got && *got);
  EXPECT_EQ((*got)->front().port, 9);
}

TEST(LookUp, FindsLoopbackByNameWithThePortAskedFor) {
  const Addresses found = look_up("localhost", 4123);
  ASSERT_TRUE(found) << found.error().describe();
  ASSERT_FALSE(found->empty());
  EXPECT_LE(found->size(), limits::kResolvedAddresses);
  EXPECT_EQ(found->front().port, 4123);
}

TEST(LookUp, NamesTheHostThatItCannotFind) {
  // A dot at the front makes an empty label, which no resolver sends anywhere.
  const Addresses found = look_up("..invalid", 123);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().describe(), HasSubstr("cannot resolve ..invalid"));
}

}  // namespace
}  // namespace slewd::os
