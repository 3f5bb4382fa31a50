// SPDX-License-Identifier: Apache-2.0
#include "sim/virtual_ports.hpp"

#include <gtest/gtest.h>

#include "sim/network.hpp"

namespace slewd::sim {
namespace {

using namespace std::chrono_literals;

class VirtualResolverTest : public testing::Test {
 protected:
  void look_up(const std::string& host) {
    resolver_.lookup(host, 4460, [this](Result<std::vector<core::Endpoint>> answer) {
      answer_ = std::move(answer);
      answered_ = queue_.now();
    });
  }

  EventQueue queue_{kWorldStart};
  VirtualResolver resolver_{queue_};
  std::optional<Result<std::vector<core::Endpoint>>> answer_;
  TrueTime answered_;
};

TEST_F(VirtualResolverTest, AnswersLaterWithThePortThatWasAskedFor) {
  resolver_.set("pool", {ipv4(192, 0, 2, 1), ipv4(192, 0, 2, 2)});
  look_up("pool");
  EXPECT_FALSE(answer_);
  queue_.run_until(kWorldStart + 1s);
  ASSERT_TRUE(answer_);
  ASSERT_TRUE(*answer_);
  EXPECT_EQ(**answer_, (std::vector{ipv4(192, 0, 2, 1, 4460), ipv4(192, 0, 2, 2, 4460)}));
  EXPECT_EQ(answered_, kWorldStart + 5ms);
}

TEST_F(VirtualResolverTest, KnowsNothingOfUnknownNames) {
  look_up("nowhere");
  queue_.run_until(kWorldStart + 1s);
  ASSERT_TRUE(answer_);
  ASSERT_FALSE(*answer_);
  EXPECT_EQ(answer_->error().code(), ErrorCode::not_found);
}

TEST_F(VirtualResolverTest, FailsWhenToldToAndRecovers) {
  resolver_.set_latency(2s);
  resolver_.fail("a", ErrorCode::timeout);
  look_up("a");
  queue_.run_until(kWorldStart + 3s);
  ASSERT_FALSE(*answer_);
  EXPECT_EQ(answer_->error().code(), ErrorCode::timeout);
  resolver_.set("a", {ipv4(192, 0, 2, 1)});
  look_up("a");
  queue_.run_until(kWorldStart + 6s);
  EXPECT_TRUE(*answer_);
}

TEST(MemoryDriftStore, KeepsWhatWasSavedLast) {
  MemoryDriftStore store;
  EXPECT_FALSE(store.load());
  ASSERT_TRUE(store.save({Ppm{-90.7}, Ppm{0.1}}));
  ASSERT_TRUE(store.save({Ppm{-90.6}, Ppm{0.05}}));
  ASSERT_TRUE(store.load());
  EXPECT_EQ(store.load()->frequency, Ppm{-90.6});
  EXPECT_EQ(store.saves(), 2U);
}

TEST(MemoryDriftStore, FailsToSaveWhenToldTo) {
  MemoryDriftStore store;
  store.put(core::DriftRecord{Ppm{5}, Ppm{1}});
  store.fail_saves(true);
  const auto saved = store.save({Ppm{6}, Ppm{1}});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code(), ErrorCode::unavailable);
  EXPECT_EQ(store.load()->frequency, Ppm{5});
}

}  // namespace
}  // namespace slewd::sim
