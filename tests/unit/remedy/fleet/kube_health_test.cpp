// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/remedy/fleet/kube_fixture.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class KubeHealthTest : public testing::Test {
 protected:
  std::optional<KubeNews> refused() {
    return health.heard(KubeObject::census, KubeResult::forbidden, false, "403", now);
  }
  std::optional<KubeNews> answered() {
    return health.heard(KubeObject::census, KubeResult::ok, true, "", now);
  }

  KubeHealth health;
  MonoTime now{1h};
};

TEST_F(KubeHealthTest, TellsOfARefusalOnceAndOfItsEndOnce) {
  EXPECT_FALSE(answered());
  const auto begins = refused();
  ASSERT_TRUE(begins);
  EXPECT_TRUE(begins->failing);
  EXPECT_EQ(begins->result, KubeResult::forbidden);
  EXPECT_EQ(begins->reason, "403");
  now += 5min;
  EXPECT_FALSE(refused());
  EXPECT_TRUE(health.failing(KubeObject::census, now));
  EXPECT_FALSE(health.failing(KubeObject::slot, now));
  const auto ends = answered();
  ASSERT_TRUE(ends);
  EXPECT_FALSE(ends->failing);
  EXPECT_EQ(ends->lasted, 5min);
  EXPECT_FALSE(answered());
  EXPECT_FALSE(health.failing(KubeObject::census, now));
}

TEST_F(KubeHealthTest, RemindsEverMoreRarely) {
  int told = 0;
  for (const MonoTime end = now + 24h; now < end; now += 1min)
    if (refused()) ++told;
  EXPECT_GE(told, 8);
  EXPECT_LE(told, 12);
}

TEST_F(KubeHealthTest, AnApiThatFailsEveryOtherTimeFillsNoLog) {
  int told = 0;
  for (const MonoTime end = now + 24h; now < end; now += 30s) {
    if (refused()) ++told;
    if (answered()) ++told;
  }
  EXPECT_LE(told, 24);
}

TEST_F(KubeHealthTest, AFailureOfAnotherKindIsToldAtOnce) {
  ASSERT_TRUE(health.heard(KubeObject::slot, KubeResult::unreachable, false, "refused", now));
  ASSERT_TRUE(health.heard(KubeObject::slot, KubeResult::ok, true, "", now + 1min));
  const auto token =
      health.heard(KubeObject::slot, KubeResult::unauthorized, false, "401", now + 2min);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->result, KubeResult::unauthorized);
  EXPECT_FALSE(health.heard(KubeObject::slot, KubeResult::unauthorized, false, "401", now + 3min));
}

TEST_F(KubeHealthTest, ANewFailureAfterACalmIsToldAtOnce) {
  ASSERT_TRUE(refused());
  ASSERT_TRUE(answered());
  now += 1h;
  ASSERT_FALSE(answered());
  EXPECT_TRUE(refused());
}

TEST_F(KubeHealthTest, AnOldRefusalSaysNothingOfNow) {
  ASSERT_TRUE(refused());
  now += 16min;
  EXPECT_FALSE(health.failing(KubeObject::census, now));
}

TEST_F(KubeHealthTest, NamesTheRightThatIsMissingAndTheSwitchOfTheChart) {
  EXPECT_THAT(cure_of(KubeObject::condition, KubeResult::forbidden),
              HasSubstr("patch of nodes/status (chart: kubernetes.condition)"));
  EXPECT_THAT(cure_of(KubeObject::slot, KubeResult::unauthorized), HasSubstr("token"));
  for (const KubeObject object : kKubeObjects)
    for (const KubeResult result : kKubeResults)
      EXPECT_EQ(cure_of(object, result).empty(),
                result == KubeResult::ok || result == KubeResult::conflict);
}

class KubeApiHealth : public KubeFixture {
 protected:
  void ask(KubeObject object, bool may_be_missing = false) {
    KubeCall call;
    call.path = "/x";
    call.object = object;
    call.may_be_missing = may_be_missing;
    api->call(std::move(call), [](const Result<HttpResponse>&) {});
  }
};

TEST_F(KubeApiHealth, EveryAnswerIsCountedByWhatWasAskedAbout) {
  std::vector<KubeNews> news;
  api->on_news([&](const KubeNews& each) { news.push_back(each); });
  ask(KubeObject::slot, true);
  http.answer(404);
  EXPECT_TRUE(news.empty()) << "that was to be expected";
  ask(KubeObject::taint);
  http.answer(403, R"({"message":"nodes is forbidden"})");
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].reason, "the API answers 403: nodes is forbidden");
  ask(KubeObject::event);
  http.answer(Error(ErrorCode::timeout, "no answer within 2.5s"));
  EXPECT_EQ(news.back().result, KubeResult::timeout);
  std::filesystem::remove(folder.file("token"));
  reactor.advance(5s);
  ask(KubeObject::census);
  EXPECT_EQ(news.back().result, KubeResult::unreachable);
  const KubeHealth& health = api->health();
  EXPECT_EQ(health.count(KubeObject::slot, KubeResult::not_found), 1U);
  EXPECT_EQ(health.count(KubeObject::taint, KubeResult::forbidden), 1U);
  EXPECT_EQ(health.count(KubeObject::event, KubeResult::timeout), 1U);
  EXPECT_EQ(health.count(KubeObject::census, KubeResult::unreachable), 1U);
  EXPECT_EQ(health.count(KubeObject::census, KubeResult::ok), 0U);
}

}  // namespace
}  // namespace slewd::remedy
