// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_node.hpp"

#include <optional>

#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/kube_census.hpp"
#include "agent/remedy/fleet/kube_events.hpp"

#include "tests/unit/remedy/fleet/kube_fixture.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class KubeNodeTest : public KubeFixture {
 protected:
  std::function<void(Result<void>)> done() {
    return [this](Result<void> result) {
      ++reports;
      last = std::move(result);
    };
  }
  [[nodiscard]] json body() const { return json::parse(http.last().body); }
  std::function<WallTime()> corrected = [this] { return reactor.wall(); };
  KubeNode node{reactor, *api, corrected};
  KubeEvents events{reactor, *api, "r1", corrected};
  int reports = 0;
  std::optional<Result<void>> last;
};

TEST_F(KubeNodeTest, TheConditionIsWrittenOnChangeAndRepeatedEveryFiveMinutes) {
  node.set_condition(true, "OffsetTooLarge", "120 ms off", done());
  EXPECT_EQ(http.last_line(), "PATCH https://10.0.0.1:443/api/v1/nodes/node-a/status");
  EXPECT_EQ(http.last().headers.at("Content-Type"), "application/strategic-merge-patch+json");
  const json condition = body()["status"]["conditions"][0];
  EXPECT_EQ(condition["type"], "ClockUnsafe");
  EXPECT_EQ(condition["status"], "True");
  EXPECT_TRUE(condition.contains("lastTransitionTime"));
  http.answer(200, "{}");
  EXPECT_EQ(reports, 1);
  node.set_condition(true, "OffsetTooLarge", "120 ms off", done());
  EXPECT_EQ(http.requests.size(), 1U);
  EXPECT_EQ(reports, 2);
  reactor.advance(5min);
  ASSERT_EQ(http.requests.size(), 2U);
  EXPECT_FALSE(body()["status"]["conditions"][0].contains("lastTransitionTime"));
  http.answer(200, "{}");
  node.set_condition(false, "ClockSynchronized", "", done());
  EXPECT_TRUE(body()["status"]["conditions"][0].contains("lastTransitionTime"));
}

TEST_F(KubeNodeTest, AConditionThatDidNotReachTheApiIsWrittenAgain) {
  node.set_condition(true, "OffsetTooLarge", "", done());
  http.answer(Error(ErrorCode::timeout, "late"));
  EXPECT_FALSE(last.value());
  node.set_condition(true, "OffsetTooLarge", "", done());
  EXPECT_EQ(http.requests.size(), 2U);
}

TEST_F(KubeNodeTest, ATaintIsRemovedAmongOthers) {
  node.taint("slewd.io/startup", TaintEffect::no_schedule, false, done());
  http.answer(200, R"({"metadata":{"resourceVersion":"5"},"spec":{"taints":[
    {"key":"other","effect":"NoSchedule","timeAdded":"x"},
    {"key":"slewd.io/startup","effect":"NoSchedule"}]}})");
  EXPECT_EQ(http.last().headers.at("Content-Type"), "application/merge-patch+json");
  EXPECT_EQ(body(), json::parse(R"({"metadata":{"resourceVersion":"5"},
    "spec":{"taints":[{"key":"other","effect":"NoSchedule","timeAdded":"x"}]}})"));
  http.answer(200, "{}");
  EXPECT_TRUE(last.value());
}

TEST_F(KubeNodeTest, ATaintIsAddedOnceAndTriedAgainWhenTheNodeHasChanged) {
  const std::string plain = R"({"metadata":{"resourceVersion":"5"},"spec":{}})";
  node.taint("slewd.io/clock", TaintEffect::prefer_no_schedule, true, done());
  http.answer(200, plain);
  EXPECT_EQ(body()["spec"]["taints"][0]["effect"], "PreferNoSchedule");
  http.answer(409, "{}");
  EXPECT_EQ(http.last_line(), "GET https://10.0.0.1:443/api/v1/nodes/node-a");
  http.answer(200,
              R"({"metadata":{"resourceVersion":"6"},"spec":{"taints":[
                 {"key":"slewd.io/clock","effect":"PreferNoSchedule"}]}})");
  EXPECT_EQ(http.waiting(), 0U) << "somebody has done it";
  EXPECT_TRUE(last.value());
}

TEST_F(KubeNodeTest, EqualEventsBecomeASeries) {
  events.event("ClockJumped", "-60 s", done());
  EXPECT_EQ(http.last_line(),
            "POST https://10.0.0.1:443/apis/events.k8s.io/v1/namespaces/default/events");
  EXPECT_EQ(body()["regarding"]["kind"], "Node");
  const std::string name = body()["metadata"]["name"];
  http.answer(201, "{}");
  events.event("ClockJumped", "-60 s", done());
  EXPECT_EQ(http.last_line(),
            "PATCH https://10.0.0.1:443/apis/events.k8s.io/v1/namespaces/default/events/" + name);
  EXPECT_EQ(body()["series"]["count"], 2);
  http.answer(404, "{}");  // the API has forgotten it
  EXPECT_EQ(http.last().method, "POST");
  http.answer(201, "{}");
  EXPECT_EQ(reports, 2);
  reactor.advance(7min);
  events.event("ClockJumped", "-60 s", done());
  EXPECT_EQ(http.last().method, "POST");
}

class KubeCensusTest : public KubeNodeTest {
 protected:
  KubeCensus census{reactor, *api, "slewd-node", {.share = 0.3, .nodes = 1}, corrected};
};

TEST_F(KubeCensusTest, WritesOnChangeAndEveryFiveMinutes) {
  census.report(OffsetSign::ahead, false);
  EXPECT_EQ(http.last_line(),
            "PATCH https://10.0.0.1:443/apis/coordination.k8s.io/v1/namespaces/time/leases/"
            "slewd-node-node-a");
  http.answer(404, "{}");
  EXPECT_EQ(http.last().method, "POST");
  EXPECT_EQ(body()["metadata"]["ownerReferences"][0]["uid"], "uid-1");
  EXPECT_EQ(body()["metadata"]["annotations"]["slewd.io/offset"], "ahead");
  census.report(OffsetSign::none, true);  // while the other is on its way
  http.answer(201, "{}");
  EXPECT_EQ(body()["metadata"]["annotations"]["slewd.io/well"], "true");
  http.answer(200, "{}");
  census.report(OffsetSign::none, true);
  EXPECT_EQ(http.requests.size(), 3U);
  reactor.advance(5min);
  EXPECT_EQ(http.requests.size(), 4U);
}

TEST_F(KubeCensusTest, ReadsAtMostEveryThirtySecondsAndTellsOfAStorm) {
  std::string told;
  census.on_storm([&](const StormView& view) { told = view.reason; });
  census.look();
  census.look();
  EXPECT_EQ(http.requests.size(), 1U);
  EXPECT_NE(http.last_line().find("leases?resourceVersion=0&labelSelector=slewd.io%2Fcensus%3D"),
            std::string::npos);
  http.answer(200, R"({"items":[{"metadata":{"name":"slewd-slot-0","resourceVersion":"1"}},
    {"metadata":{"name":"slewd-node-n2","resourceVersion":"3","annotations":{"slewd.io/node":"n1",
     "slewd.io/offset":"behind","slewd.io/well":"false"}}},
    {"metadata":{"name":"slewd-node-n1","resourceVersion":"2","annotations":{"slewd.io/node":"n1",
     "slewd.io/offset":"ahead","slewd.io/well":"false"}}}]})");
  EXPECT_TRUE(census.storm().storm);
  EXPECT_NE(told, "");
  EXPECT_EQ(census.health()->nodes, 1) << "no node speaks for another";
  reactor.advance(29s);
  census.look();
  EXPECT_EQ(http.requests.size(), 1U);
  reactor.advance(1s);
  census.look();
  http.answer(500);
  EXPECT_EQ(census.problem(), "the API answers 500");
  reactor.advance(61s);
  EXPECT_FALSE(census.fresh());
  EXPECT_EQ(census.known_health().error().message(),
            "the state of the other nodes is unknown: the API answers 500");
  EXPECT_TRUE(api->health().failing(KubeObject::census, reactor.now()));
}

}  // namespace
}  // namespace slewd::remedy
