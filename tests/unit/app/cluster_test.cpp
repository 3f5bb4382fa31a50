#include "agent/app/cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/app/poll_reactor.hpp"
#include "agent/linux/poll_loop.hpp"
#include "agent/linux/system_clock.hpp"

#include "tests/unit/temporary_folder.hpp"

namespace slewd::app {
namespace {

using testing::HasSubstr;

class ClusterTest : public testing::Test {
 protected:
  // One slot, and a rule that may act under it.
  static rules::RuleFile locked(double min_healthy = 0,
                                rules::RuleMode mode = rules::RuleMode::act) {
    rules::RuleFile file;
    rules::Rule rule;
    rule.name = "r";
    rule.fleet = "mail";
    rule.mode = mode;
    file.rules = {rule};
    rules::FleetLock lock;
    lock.name = "mail";
    lock.min_healthy = min_healthy;
    file.fleet = {lock};
    file.global.emplace();
    file.global->storm_share = 0.3;
    return file;
  }
  Cluster::Options where(const std::string& api_host) {
    return {folder.path(), "boot", [] { return std::nullopt; },
            [api_host](std::string_view name) {
              return name == "KUBERNETES_SERVICE_HOST" ? api_host : std::string();
            },
            folder.file("serviceaccount")};
  }

  TemporaryFolder folder;
  os::SystemClock clock;
  os::PollLoop loop{clock};
  PollReactor reactor{loop, clock};
  Log log{{.level = LogLevel::error}, Log::Delivery::direct};
};

TEST_F(ClusterTest, APodThatMayNotAskItsClusterActsUnderNoLock) {
  Cluster cluster(reactor, log, where("10.0.0.1"));
  cluster.configure(locked());
  cluster.look({"mail"}, true, {});
  ASSERT_TRUE(cluster.slots().contains("mail"));
  EXPECT_FALSE(cluster.slots().at("mail").held);
  EXPECT_THAT(cluster.slots().at("mail").reason, HasSubstr("may not ask its cluster"));
  EXPECT_THAT(cluster.storm().value_or(""), HasSubstr("may not ask its cluster"));
  std::string why;
  cluster.confirm("mail", [&](bool ours, const std::string& reason) {
    EXPECT_FALSE(ours);
    why = reason;
  });
  EXPECT_THAT(why, HasSubstr("may not ask its cluster"));
  EXPECT_TRUE(cluster.view().watches_storms);
  ASSERT_EQ(cluster.view().locks.size(), 1U);
  EXPECT_TRUE(cluster.view().locks[0].unreachable);
}

TEST_F(ClusterTest, ALockOfRulesThatOnlyShowIsNoTroubleOfAPodWithoutRights) {
  Cluster cluster(reactor, log, where("10.0.0.1"));
  cluster.configure(locked(0, rules::RuleMode::shadow));
  EXPECT_TRUE(cluster.view().locks.empty());
}

TEST_F(ClusterTest, OutsideAClusterTheFleetIsThisHost) {
  Cluster cluster(reactor, log, where(""));
  cluster.configure(locked());
  cluster.look({"mail"}, true, {});
  EXPECT_TRUE(cluster.slots().at("mail").held) << cluster.slots().at("mail").reason;
  EXPECT_EQ(cluster.storm(), std::nullopt);
}

TEST_F(ClusterTest, ALockThatAsksForHealthyNodesCannotBeTakenOnALoneHost) {
  Cluster cluster(reactor, log, where(""));
  cluster.configure(locked(0.67));
  cluster.look({"mail"}, true, {});
  ASSERT_TRUE(cluster.slots().contains("mail"));
  EXPECT_FALSE(cluster.slots().at("mail").held);
  EXPECT_EQ(cluster.slots().at("mail").reason, "min_healthy needs a cluster");
}

}  // namespace
}  // namespace slewd::app
