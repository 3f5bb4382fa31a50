// SPDX-License-Identifier: Apache-2.0
#include "agent/core/ntp/source.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace slewd::core {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{Nanos{1'800'000'000'000'000'000}};
const PlausibleTime kPlausible{kNow - 24h, "a test"};
constexpr std::uint64_t kNonce = 0x123456789abcdef0ULL;

SourceConfig config() {
  SourceConfig config;
  config.name = config.host = "ntp.example";
  return config;
}

// One exchange: sent at 10 s RAW, answered by a server that is `ahead` of wall = kNow at RAW 10 s.
struct Exchange {
  Source source{config()};
  RawTime sent{10s};
  std::optional<RawTime> departed{};

  void ask() {
    (void)source.begin_poll(kNonce, 64s);
    source.sent(sent);
  }
  static NtpPacket reply() {
    NtpPacket packet;
    packet.mode = NtpMode::server;
    packet.stratum = 2;
    packet.precision = -20;
    packet.origin.bits = kNonce;
    packet.receive = to_ntp(kNow + 5ms);
    packet.transmit = to_ntp(kNow + 6ms);
    return packet;
  }
  auto hear_at(WallTime wall, const NtpPacket& packet, Nanos round_trip) {
    const auto bytes = encode(packet);
    return source.on_reply(
        {.socket = {}, .bytes = bytes, .raw = sent + round_trip, .departed = departed}, kPlausible,
        wall);
  }
  auto hear(const NtpPacket& packet, Nanos round_trip = 11ms) {
    return hear_at(kNow, packet, round_trip);
  }
  [[nodiscard]] std::uint64_t rejected(Reject reason) const {
    return source.rejected()[static_cast<std::size_t>(reason)];
  }
};

TEST(Source, TheRequestCarriesNothingButItsRandomTimestamp) {
  Source source(config());
  const auto request = decode(source.begin_poll(kNonce, 64s));
  ASSERT_TRUE(request);
  NtpPacket bare;
  bare.mode = NtpMode::client;
  bare.transmit.bits = kNonce;
  EXPECT_EQ(*request, bare);
}

TEST(Source, MeasuresPhaseAndDelayAgainstTheRawTimeline) {
  Exchange exchange;
  exchange.ask();
  const auto sample = exchange.hear(Exchange::reply());
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->at, RawTime{10s + 5500us});
  EXPECT_LE(magnitude(sample->delay - 10ms), Nanos{2});
  // The server's middle lies at kNow + 5.5 ms, as does ours: phase = kNow - 10 s.
  EXPECT_LE(magnitude(sample->phase - (kNow.since_epoch - 10s)), Nanos{2});
  EXPECT_EQ(exchange.source.reach(), 1);
}

TEST(Source, MeasuresFromTheDepartureThatTheKernelStamped) {
  Exchange exchange;
  exchange.ask();
  exchange.departed = exchange.sent + 4ms;
  const auto sample = exchange.hear(Exchange::reply());
  ASSERT_TRUE(sample);
  EXPECT_EQ(sample->at, RawTime{10s + 7500us});
  EXPECT_LE(magnitude(sample->delay - 6ms), Nanos{2});
}

TEST(Source, RefusesAServerWhoseClockWasSetWhileItHeldTheRequest) {
  Exchange exchange;
  exchange.ask();
  NtpPacket stepped = Exchange::reply();
  stepped.transmit = to_ntp(kNow + 10s);
  EXPECT_EQ(exchange.hear(stepped).error(), Reject::malformed);
}

TEST(Source, BelievesAServerThatAnswersAtOnceWithRandomBitsBelowItsPrecision) {
  Exchange exchange;
  exchange.ask();
  NtpPacket instant = Exchange::reply();
  instant.transmit = to_ntp(kNow + 5ms - 900ns);
  const auto sample = exchange.hear(instant);
  ASSERT_TRUE(sample);
  EXPECT_LE(magnitude(sample->delay - 11ms - 900ns), Nanos{2});
  exchange.ask();
  instant.transmit = to_ntp(kNow + 5ms - 1us);
  EXPECT_EQ(exchange.hear(instant).error(), Reject::malformed);
}

TEST(Source, RefusesAReplyToAnotherRequest) {
  Exchange exchange;
  exchange.ask();
  NtpPacket forged = Exchange::reply();
  forged.origin.bits ^= 1;
  EXPECT_EQ(exchange.hear(forged).error(), Reject::bogus_origin);
  EXPECT_TRUE(exchange.hear(Exchange::reply())) << "the true reply still counts";
}

TEST(Source, RefusesTheSameReplyTwice) {
  Exchange exchange;
  exchange.ask();
  EXPECT_TRUE(exchange.hear(Exchange::reply()));
  EXPECT_EQ(exchange.hear(Exchange::reply()).error(), Reject::duplicate);
  EXPECT_EQ(exchange.rejected(Reject::duplicate), 1U);
}

TEST(Source, RefusesRepliesThatSayThatTheyAreWorthless) {
  const auto verdict = [](auto&& change) {
    Exchange exchange;
    exchange.ask();
    NtpPacket packet = Exchange::reply();
    change(packet);
    const auto sample = exchange.hear(packet);
    EXPECT_FALSE(sample);
    EXPECT_EQ(exchange.source.reach(), 0);
    return sample ? Reject::auth : sample.error();
  };
  EXPECT_EQ(verdict([](NtpPacket& p) { p.mode = NtpMode::client; }), Reject::mode);
  EXPECT_EQ(verdict([](NtpPacket& p) { p.leap = Leap::unknown; }), Reject::unsynchronised);
  EXPECT_EQ(verdict([](NtpPacket& p) { p.stratum = 16; }), Reject::stratum);
  EXPECT_EQ(verdict([](NtpPacket& p) { p.transmit = {}; }), Reject::unsynchronised);
  EXPECT_EQ(verdict([](NtpPacket& p) { std::swap(p.receive, p.transmit); }), Reject::malformed);
  EXPECT_EQ(verdict([](NtpPacket& p) { p.root_dispersion = to_ntp_short(20s); }), Reject::distance);
}

TEST(Source, RefusesARoundTripBeyondMaxDelay) {
  Exchange exchange;
  exchange.ask();
  EXPECT_EQ(exchange.hear(Exchange::reply(), 4s).error(), Reject::delay);
}

// Polls once a minute; `delays` are round trips beyond the server's millisecond.
std::vector<bool> used(SourceConfig with, const std::vector<Nanos>& delays) {
  Exchange exchange;
  exchange.source = Source(std::move(with));
  std::vector<bool> used;
  for (const Nanos delay : delays) {
    exchange.ask();
    used.push_back(exchange.hear(Exchange::reply(), delay + 1ms).has_value());
    exchange.sent = exchange.sent + 64s;
  }
  return used;
}

TEST(Source, RefusesADelayOfManyTimesTheLeastKnown) {
  SourceConfig strict = config();
  strict.max_delay_ratio = 3;
  const std::vector<Nanos> delays{10ms, 29ms, 31ms, 5ms, 16ms, 14ms};
  EXPECT_EQ(used(strict, delays), (std::vector<bool>{true, true, false, true, false, true}));
  EXPECT_EQ(used(config(), delays), std::vector<bool>(6, true));
}

TEST(Source, TakesALongerPathForTheKnownOneAfterAnHour) {
  SourceConfig strict = config();
  strict.max_delay_ratio = 3;
  std::vector<Nanos> delays(10, Nanos{10ms});
  delays.resize(70, 100ms);
  const std::vector<bool> taken = used(strict, delays);
  EXPECT_FALSE(taken[10]);
  EXPECT_FALSE(taken[10 + 1800 / 64 - 10]) << "in the half hour after the change";
  EXPECT_TRUE(taken[10 + 3600 / 64]) << "an hour after the change";
  EXPECT_TRUE(taken.back());
}

TEST(Source, AsksInTheConfiguredVersion) {
  SourceConfig old = config();
  old.version = 3;
  Source source(old);
  const auto request = decode(source.begin_poll(7, 64s));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->version, 3);
}

TEST(Source, AddsTheConfiguredOffsetToWhatTheServerSays) {
  Exchange plain;
  plain.ask();
  const auto usual = plain.hear(Exchange::reply(), 11ms);
  SourceConfig corrected = config();
  corrected.offset = -50us;
  Exchange moved;
  moved.source = Source(corrected);
  moved.ask();
  const auto sample = moved.hear(Exchange::reply(), 11ms);
  ASSERT_TRUE(usual && sample);
  EXPECT_EQ(sample->phase - usual->phase, -50us);
}

TEST(Source, ComparesWithAKnownLeastDelay) {
  SourceConfig strict = config();
  strict.max_delay_ratio = 3;
  strict.min_delay = 5ms;
  EXPECT_EQ(used(strict, {14ms, 16ms, 1ms, 14ms}), (std::vector<bool>{true, false, true, true}));
}

TEST(Source, ObeysKisses) {
  Exchange exchange;
  exchange.ask();
  NtpPacket kiss = Exchange::reply();
  kiss.stratum = 0;
  kiss.refid = refid_of("RATE");
  EXPECT_EQ(exchange.hear(kiss).error(), Reject::kiss);
  EXPECT_EQ(exchange.source.rate_floor(), 128s);
  EXPECT_FALSE(exchange.source.denied());
  exchange.ask();
  kiss.refid = refid_of("DENY");
  EXPECT_EQ(exchange.hear(kiss).error(), Reject::kiss);
  EXPECT_TRUE(exchange.source.denied());
}

TEST(Source, AsksAServerThatRefusesEverMoreRarelyUntilItServesAgain) {
  Exchange exchange;
  NtpPacket kiss = Exchange::reply();
  kiss.stratum = 0;
  kiss.refid = refid_of("RSTR");
  for (const Nanos pause : {Nanos(1min), Nanos(2min), Nanos(4min)}) {
    exchange.ask();
    (void)exchange.hear(kiss);
    EXPECT_EQ(exchange.source.denial_pause(), pause);
  }
  for (int i = 0; i < 20; ++i) {
    exchange.ask();
    (void)exchange.hear(kiss);
  }
  EXPECT_EQ(exchange.source.denial_pause(), 1h);
  exchange.ask();
  EXPECT_TRUE(exchange.hear(Exchange::reply()));
  EXPECT_FALSE(exchange.source.denied());
}

TEST(Source, AFloorOfTheIntervalIsHalvedByGoodReplies) {
  Exchange exchange;
  NtpPacket kiss = Exchange::reply();
  kiss.stratum = 0;
  kiss.refid = refid_of("RATE");
  exchange.ask();
  (void)exchange.hear(kiss);
  for (const Nanos floor : {Nanos(128s), Nanos(128s), Nanos(64s), Nanos(64s), Nanos(0s)}) {
    EXPECT_EQ(exchange.source.rate_floor(), floor);
    exchange.ask();
    EXPECT_TRUE(exchange.hear(Exchange::reply()));
  }
}

TEST(Source, AServerWithoutTimeIsUnsynchronisedAndNoKiss) {
  Exchange exchange;
  exchange.ask();
  NtpPacket packet = Exchange::reply();
  packet.stratum = 0;
  packet.leap = Leap::unknown;
  packet.refid = refid_of("INIT");
  EXPECT_EQ(exchange.hear(packet).error(), Reject::unsynchronised);
}

TEST(Source, AKissToAnotherRequestIsNotObeyed) {
  Exchange exchange;
  exchange.ask();
  NtpPacket kiss = Exchange::reply();
  kiss.stratum = 0;
  kiss.refid = refid_of("DENY");
  kiss.origin.bits ^= 1;
  (void)exchange.hear(kiss);
  EXPECT_FALSE(exchange.source.denied());
}

TEST(Source, TheReachRegisterShiftsWithEachPoll) {
  Exchange exchange;
  for (int i = 0; i < 3; ++i) {
    exchange.ask();
    ASSERT_TRUE(exchange.hear(Exchange::reply()));
  }
  exchange.ask();
  EXPECT_EQ(exchange.source.reach(), 0b1110);
  for (int i = 0; i < 8; ++i) exchange.ask();
  EXPECT_FALSE(exchange.source.reachable());
}

TEST(Source, WorksAcrossTheNtpEraOf2036) {
  Exchange exchange;
  exchange.ask();
  const WallTime era_one{Nanos{2'085'978'500'000'000'000}};
  NtpPacket packet = Exchange::reply();
  packet.receive = to_ntp(era_one);
  packet.transmit = to_ntp(era_one);
  const auto sample = exchange.hear_at(era_one - 3h, packet, 2ms);
  ASSERT_TRUE(sample);
  EXPECT_LE(magnitude(sample->phase - (era_one.since_epoch - (10s + 1ms))), Nanos{2});
}

TEST(Source, RefusesAServerWhoseTimeIsImplausibleAndSaysWhy) {
  Exchange exchange;
  exchange.ask();
  NtpPacket packet = Exchange::reply();
  packet.receive = packet.transmit = to_ntp(WallTime{} + std::chrono::years(17));
  EXPECT_EQ(exchange.hear(packet).error(), Reject::implausible);
  EXPECT_EQ(exchange.rejected(Reject::implausible), 1U);
  EXPECT_FALSE(exchange.source.reachable());
  EXPECT_EQ(exchange.source.implausible(), packet.transmit);
  exchange.ask();
  ASSERT_TRUE(exchange.hear(Exchange::reply()));
  EXPECT_FALSE(exchange.source.implausible());
}

}  // namespace
}  // namespace slewd::core
