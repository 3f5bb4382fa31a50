// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_fleet.hpp"

#include <optional>

#include <nlohmann/json.hpp>

#include "agent/remedy/fleet/lease_json.hpp"

#include "tests/unit/remedy/fleet/kube_fixture.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kFree = R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease",
  "metadata":{"name":"slewd-slot-0","resourceVersion":"7","labels":{"a":"b"},
  "managedFields":[1]},"spec":{}})";

class KubeFleetTest : public KubeFixture {
 protected:
  KubeFleetTest() {
    plan.lock = "restarts";
    plan.jitter = 0s;
    fleet.configure({plan});
  }
  // The API takes what was put.
  void take_put() {
    json object = json::parse(http.last().body);
    object["metadata"]["resourceVersion"] = std::to_string(++version);
    http.answer(200, object.dump());
  }
  void hold() {
    fleet.want({"restarts"});
    http.answer(200, kFree);
    take_put();
    ASSERT_EQ(view().state, SlotState::held);
  }
  [[nodiscard]] SlotView view() const { return fleet.slots().at("restarts"); }

  SlotPlan plan;
  int version = 7;
  KubeFleet fleet{reactor, *api, "run-1", 1, [this] { return reactor.wall(); }};
};

TEST_F(KubeFleetTest, ALockThatNoRuleWantsIsUnreachableWhileTheApiIsAway) {
  EXPECT_FALSE(view().unreachable);
  api->watch(1);
  http.answer(500);
  EXPECT_EQ(view().state, SlotState::idle);
  EXPECT_TRUE(view().unreachable);
  hold();
  EXPECT_FALSE(view().unreachable) << "the API has answered";
}

TEST_F(KubeFleetTest, PutsTheLeaseAsItWasReadWithOurNameInIt) {
  fleet.want({"restarts"});
  EXPECT_EQ(http.last_line(),
            "GET https://10.0.0.1:443/apis/coordination.k8s.io/v1/namespaces/time/leases/"
            "slewd-slot-0");
  http.answer(200, kFree);
  EXPECT_EQ(http.last().method, "PUT");
  const json put = json::parse(http.last().body);
  EXPECT_EQ(put["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(put["metadata"]["labels"]["a"], "b");
  EXPECT_FALSE(put["metadata"].contains("managedFields"));
  EXPECT_EQ(put["spec"]["holderIdentity"], "node-a/uid-1/run-1");
  EXPECT_EQ(put["spec"]["leaseTransitions"], 1);
  EXPECT_EQ(put["spec"]["leaseDurationSeconds"], 60);
  EXPECT_TRUE(put["spec"].contains("acquireTime"));
  take_put();
  EXPECT_EQ(view().state, SlotState::held);
  EXPECT_EQ(view().transitions, 1);
}

TEST_F(KubeFleetTest, RenewsConfirmsCoolsAndReleases) {
  hold();
  reactor.advance(20s);
  EXPECT_EQ(http.waiting(), 1U);
  take_put();
  std::optional<bool> may_act;
  fleet.confirm("restarts", [&](bool yes, const std::string&) { may_act = yes; });
  EXPECT_FALSE(may_act);
  take_put();
  EXPECT_EQ(may_act, true);
  fleet.finished("restarts");
  take_put();
  EXPECT_EQ(view().state, SlotState::cooling);
  fleet.want({});
  for (int i = 0; i < 400; ++i) {
    reactor.advance(1s);
    if (http.waiting() > 0) take_put();
  }
  EXPECT_EQ(json::parse(http.last().body)["spec"]["holderIdentity"], "");
  EXPECT_EQ(view().state, SlotState::idle);
  EXPECT_EQ(reactor.timers(), 0U) << "idle costs nothing";
}

TEST_F(KubeFleetTest, A409IsALostRace) {
  fleet.want({"restarts"});
  http.answer(200, kFree);
  http.answer(409, "{}");
  EXPECT_EQ(view().state, SlotState::waiting);
}

TEST_F(KubeFleetTest, SaysWhyTheApiDoesNotHelpAndFailsClosed) {
  fleet.want({"restarts"});
  http.answer(404, "{}");
  EXPECT_EQ(view().state, SlotState::unreachable);
  EXPECT_EQ(view().reason, "there is no Lease slewd-slot-0 in namespace time");
  std::string why;
  fleet.confirm("restarts", [&](bool, const std::string& reason) { why = reason; });
  EXPECT_EQ(why, view().reason);
  fleet.confirm("other", [&](bool, const std::string& reason) { why = reason; });
  EXPECT_EQ(why, "no lock is named 'other'");
}

TEST_F(KubeFleetTest, TooFewHealthyNodesGetNoSlot) {
  plan.min_healthy_share = 0.5;
  fleet.configure({plan});
  fleet.want({"restarts"});
  EXPECT_EQ(view().reason, "unknown how many nodes are healthy");
  EXPECT_EQ(view().state, SlotState::unreachable) << "nobody knows is not: too few";
  EXPECT_TRUE(view().unreachable);
  Result<FleetHealth> health = fail(ErrorCode::unavailable, "the API answers 403");
  fleet.set_health([&] { return health; });
  fleet.want({"restarts"});
  EXPECT_EQ(view().reason, "the API answers 403");
  EXPECT_TRUE(view().unreachable);
  health = FleetHealth{10, 4};
  fleet.want({"restarts"});
  EXPECT_EQ(view().state, SlotState::waiting);
  EXPECT_FALSE(view().unreachable);
  EXPECT_EQ(view().reason, "only 4 of 10 nodes are well");
  EXPECT_EQ(http.requests.size(), 0U);
  health->well = 5;
  fleet.want({"restarts"});
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(KubeFleetTest, ARefusalIsKnownWhileTheSlotIsGivenBack) {
  hold();
  fleet.want({});
  http.answer(401, "{}");
  EXPECT_EQ(view().state, SlotState::unreachable);
  EXPECT_EQ(view().reason, "the API answers 401");
  EXPECT_TRUE(api->health().failing(KubeObject::slot, reactor.now()));
}

TEST_F(KubeFleetTest, ALockWithFewerLeasesThanSlotsSaysSoBeforeItIsNeeded) {
  plan.slots = 3;
  fleet.configure({plan});
  fleet.check_slots({"restarts"});
  for (int i = 0; i < 120; ++i) {
    reactor.advance(1s);
    if (http.waiting() == 0) continue;
    EXPECT_EQ(http.last().method, "GET");
    http.answer(http.last_line().ends_with("slewd-slot-0") ? 200 : 404, kFree);
  }
  EXPECT_EQ(http.requests.size(), 3U);
  EXPECT_EQ(view().missing, (std::vector<std::string>{"slewd-slot-1", "slewd-slot-2"}));
  EXPECT_EQ(view().state, SlotState::idle);
  EXPECT_FALSE(api->health().failing(KubeObject::slot, reactor.now()));
  for (int i = 0; i < 700; ++i) {  // the chart is mended meanwhile
    reactor.advance(1s);
    if (http.waiting() > 0) http.answer(200, kFree);
  }
  EXPECT_TRUE(view().missing.empty());
  EXPECT_EQ(reactor.timers(), 0U) << "what is there is not asked for again";
}

TEST_F(KubeFleetTest, AChangedPlanWaitsForTheSlotInUse) {
  hold();
  fleet.confirm("restarts", [](bool, const std::string&) {});
  take_put();
  plan.interval = 60s;
  fleet.configure({plan});
  fleet.want({"restarts"});
  EXPECT_EQ(view().state, SlotState::held);
  fleet.finished("restarts");
  take_put();
  EXPECT_EQ(view().state, SlotState::cooling);
}

TEST(LeaseJson, RefusesWhatIsNoLease) {
  for (const char* text : {"", "[]", "{}", R"({"metadata":{}})", R"({"metadata":[]})",
                           R"({"metadata":{"resourceVersion":"1"},"spec":3})"})
    EXPECT_FALSE(parse_lease(text)) << text;
  EXPECT_FALSE(with_lease("[]", {}, false, {}));
}

TEST(LeaseJson, TakesALeaseWithoutSpecAndBoundsItsDuration) {
  EXPECT_EQ(parse_lease(R"({"metadata":{"resourceVersion":"1"}})")->holder, "");
  EXPECT_EQ(parse_lease(R"({"metadata":{"resourceVersion":"1"},
                            "spec":{"leaseDurationSeconds":99999999999}})")
                ->duration,
            24h);
}

}  // namespace
}  // namespace slewd::remedy
