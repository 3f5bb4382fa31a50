// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/random_worlds.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/duration.hpp"
#include "base/text.hpp"
#include "sim/random.hpp"

namespace slewd::tests {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostServers = 5;
constexpr std::size_t kMostEvents = 4;

// Numbers as a scenario file can say them.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed, "random world") {}

  [[nodiscard]] bool chance(double probability) { return random_.chance(probability); }
  [[nodiscard]] std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(random_.uniform() * static_cast<double>(count));
  }
  [[nodiscard]] double between(double low, double high) {
    return low + (high - low) * random_.uniform();
  }
  // Each power of ten as often as any other; two digits.
  [[nodiscard]] double wide(double low, double high) {
    const double value = low * std::exp(std::log(high / low) * random_.uniform());
    const double exponent = std::floor(std::log10(value)) - 1;
    const double digits = std::round(value / std::pow(10, exponent));
    return exponent < 0 ? digits / std::pow(10, -exponent) : digits * std::pow(10, exponent);
  }
  [[nodiscard]] Nanos wide(Nanos low, Nanos high) {
    return from_seconds(wide(to_seconds(low), to_seconds(high)));
  }
  [[nodiscard]] Ppm ppm(double low, double high) { return rounded(wide(low, high)); }
  [[nodiscard]] Ppm normal_ppm(double sd) { return rounded(sd * random_.normal()); }
  [[nodiscard]] double share() { return static_cast<double>(1 + below(99)) / 100; }
  [[nodiscard]] double sign() { return chance(0.5) ? 1 : -1; }
  // To a tenth of a second.
  [[nodiscard]] Nanos moment(Nanos from, Nanos to) {
    return 100ms * static_cast<std::int64_t>(between(to_seconds(from), to_seconds(to)) * 10);
  }
  template <class T, std::size_t N>
  [[nodiscard]] T of(const std::array<T, N>& choices) {
    return choices.at(below(N));
  }

 private:
  [[nodiscard]] static Ppm rounded(double ppm) { return Ppm{std::round(ppm * 1000) / 1000}; }

  sim::Random random_;
};

Nanos signed_by(Dice& dice, Nanos size) { return dice.chance(0.5) ? size : -size; }

void draw_client(Dice& dice, sim::ClientLaw& client) {
  client.ahead = signed_by(dice, dice.chance(0.1) ? dice.wide(1s, 20s) : dice.wide(1us, 500ms));
  client.frequency = dice.chance(0.1) ? dice.ppm(100, 500) * dice.sign() : dice.normal_ppm(30);
  client.wander = dice.wide(1e-10, 1e-7);
  if (dice.chance(0.25)) {
    client.drift.kind =
        dice.of(std::array{sim::DriftKind::sine, sim::DriftKind::square, sim::DriftKind::linear});
    client.drift.amplitude = dice.ppm(0.1, 20) * dice.sign();
    client.drift.period = dice.wide(10min, 24h);
  }
  if (dice.chance(0.3)) client.timer_latency = dice.wide(10us, 50ms);
  if (dice.chance(0.3)) client.stamp_noise = dice.wide(1us, 5ms);
  if (dice.chance(0.4)) {
    const Ppm wrong = dice.chance(0.2) ? dice.ppm(1, 100) : dice.ppm(0.01, 1);
    client.drift_file =
        core::DriftRecord{-client.frequency + wrong * dice.sign(), dice.ppm(0.05, 2)};
  }
}

sim::Disturbance draw_disturbance(Dice& dice, Nanos length, Nanos delay) {
  sim::Disturbance drawn;
  const Nanos longer = dice.wide(std::max<Nanos>(delay / 10, 50us), 50ms);
  switch (dice.below(5)) {
    case 0:  // a route that comes and goes
      drawn.every = dice.wide(2min, 12h);
      drawn.length = drawn.every / (2 + static_cast<int>(dice.below(4)));
      drawn.delay = longer;
      break;
    case 1:  // once, or for good
      drawn.from = dice.moment(0s, length);
      if (dice.chance(0.7)) drawn.length = dice.wide(1min, 12h);
      drawn.delay = longer;
      if (dice.chance(0.3)) drawn.ramp = dice.wide(1min, 12h);
      break;
    case 2:  // ECMP
      drawn.chance = dice.share();
      drawn.delay = longer;
      break;
    case 3:  // queues
      drawn.every = dice.wide(10min, 24h);
      drawn.length = drawn.every / (2 + static_cast<int>(dice.below(4)));
      drawn.jitter = longer;
      break;
    default:
      drawn.every = dice.wide(10min, 24h);
      drawn.length = drawn.every / (2 + static_cast<int>(dice.below(4)));
      drawn.loss = dice.share();
      break;
  }
  return drawn;
}

void disturb(Dice& dice, Nanos length, sim::ServerLaw& server) {
  const std::size_t direction = dice.below(3);  // up, down, both
  const sim::Disturbance drawn = draw_disturbance(dice, length, server.up.delay);
  if (direction != 1) server.up.disturbances.push_back(drawn);
  if (direction != 0) server.down.disturbances.push_back(drawn);
}

sim::UpstreamLaw draw_upstream(Dice& dice) {
  sim::UpstreamLaw upstream;
  upstream.delay = dice.wide(100us, 50ms);
  upstream.jitter = from_seconds(to_seconds(upstream.delay) * dice.share() / 2);
  upstream.frequency = dice.normal_ppm(30);
  upstream.wander = dice.wide(1e-10, 1e-7);
  upstream.up_for = dice.chance(0.4) ? 0s : dice.moment(0s, 12h);
  return upstream;
}

sim::ServerLaw draw_server(Dice& dice, Nanos length, Nanos usual_delay, std::size_t number) {
  sim::ServerLaw server;
  server.name = std::string(1, static_cast<char>('a' + static_cast<int>(number)));
  server.up.delay = dice.chance(0.5) ? usual_delay : dice.wide(50us, 100ms);
  server.up.jitter = from_seconds(to_seconds(server.up.delay) * dice.wide(0.005, 0.5));
  if (dice.chance(0.2)) server.up.loss = dice.share() / 2;
  if (dice.chance(0.05)) server.up.duplicate = dice.share();
  if (dice.chance(0.03)) server.up.pass_every = 2 + static_cast<int>(dice.below(20));
  server.down = server.up;
  if (dice.chance(0.3)) server.down.delay += dice.wide(10us, 50ms);
  if (dice.chance(0.2)) server.down.jitter = dice.wide(10us, 20ms);
  if (dice.chance(0.25)) server.upstream = draw_upstream(dice);
  if (dice.chance(0.06))
    server.also = sim::SecondClock{signed_by(dice, dice.wide(100us, 1s)), dice.share()};
  if (dice.chance(server.upstream ? 0.7 : 0.08))
    server.ahead = signed_by(dice, dice.wide(100us, 2s));
  while (server.up.disturbances.size() + server.down.disturbances.size() < 4 && dice.chance(0.3))
    disturb(dice, length, server);
  return server;
}

std::string draw_victim(Dice& dice, const sim::Scenario& world) {
  if (dice.chance(0.4)) return {};
  return world.servers[dice.below(world.servers.size())].name;
}

void draw_server_event(Dice& dice, sim::Scenario& world, sim::Happening event) {
  using enum sim::EventKind;
  event.server = draw_victim(dice, world);
  event.kind = dice.of(std::array{server_step, server_step, server_drift, server_mute, outage});
  if (event.kind == server_step) event.amount = signed_by(dice, dice.wide(1ms, 10s));
  if (event.kind == server_drift) {
    event.frequency = dice.ppm(0.1, 100) * dice.sign();
    if (dice.chance(0.3)) {  // an attacker that bends the time little by little
      event.frequency = dice.ppm(0.1, 20) * dice.sign();
      event.every = 10min;
    }
  }
  if (event.kind == server_mute || event.kind == outage) event.length = dice.wide(1min, 8h);
  world.events.push_back(event);
  const Nanos back = event.at + dice.wide(1s, 6h);
  if (event.kind != server_step && event.kind != server_drift) return;
  if (event.every > 0s || back > world.length || dice.chance(0.3)) return;
  sim::Happening end;
  end.kind = server_back;
  end.at = back;
  end.server = event.server;
  world.events.push_back(end);
}

sim::Happening draw_machine_event(Dice& dice, sim::Happening event) {
  using enum sim::EventKind;
  event.kind = dice.of(std::array{frequency_step, frequency_step, vm_pause, vm_pause, vm_pause,
                                  migration, busy, busy, steal, suspend, external_step,
                                  external_slew, external_adjtime, kill, snapshot_rollback});
  switch (event.kind) {
    case frequency_step:
      event.frequency = dice.ppm(1, 1000) * dice.sign();
      break;
    case vm_pause:
      event.length = dice.wide(1ms, 1s);
      event.tsc_kept = dice.chance(0.3);
      // A machine that stands still for more than a thousandth of the time has other worries.
      if (dice.chance(0.3)) event.every = std::max<Nanos>(1000 * event.length, dice.wide(2min, 6h));
      break;
    case migration:
      event.length = dice.wide(10ms, 5s);
      event.frequency = dice.ppm(0.1, 200) * dice.sign();
      event.signalled = dice.chance(0.4);
      break;
    case busy:
      event.length = dice.wide(1min, 3h);
      event.amount = dice.wide(100us, 50ms);
      if (dice.chance(0.3)) event.every = event.length * 3;
      break;
    case steal:
      event.length = dice.wide(1ms, 10s);
      if (dice.chance(0.4)) event.every = dice.wide(1min, 6h);
      break;
    case suspend:
      event.length = dice.wide(1s, 2h);
      event.amount = signed_by(dice, dice.wide(1ms, 1s));
      break;
    case external_step:
      event.amount = signed_by(dice, dice.wide(1ms, 10s));
      break;
    case external_slew:
      event.frequency = dice.ppm(1, 300) * dice.sign();
      break;
    case external_adjtime:
      event.amount = signed_by(dice, dice.wide(1ms, 100ms));
      break;
    case kill:
      event.length = dice.wide(1s, 1h);
      event.restored = dice.chance(0.7);
      break;
    default:  // snapshot_rollback
      event.length = dice.wide(10s, 10min);
      event.signalled = dice.chance(0.5);
      break;
  }
  return event;
}

void draw_leap(Dice& dice, sim::Scenario& world) {
  constexpr sim::TrueTime kMidnight{std::chrono::seconds{1'798'761'600}};  // 2027-01-01T00:00:00Z
  sim::Happening leap;
  leap.kind = sim::EventKind::leap_second;
  leap.at = world.length / 2;
  leap.amount = dice.chance(0.8) ? 1s : -1s;
  world.start = kMidnight - leap.at;
  world.events.push_back(leap);
  for (sim::ServerLaw& server : world.servers)
    if (dice.chance(0.1))
      server.leap = dice.of(std::array{core::Leap::none, core::Leap::insert, core::Leap::erase});
}

void draw_events(Dice& dice, sim::Scenario& world) {
  const std::size_t count = dice.below(kMostEvents + 1);
  for (std::size_t i = 0; i < count; ++i) {
    sim::Happening event;
    event.at = dice.chance(0.2) ? dice.moment(0s, 5min) : dice.moment(0s, world.length);
    if (dice.chance(0.35))
      draw_server_event(dice, world, event);
    else
      world.events.push_back(draw_machine_event(dice, event));
  }
  if (dice.chance(0.05)) draw_leap(dice, world);
}

std::string said(const sim::LinkLaw& law) {
  std::string text = format_rounded(law.delay) + "+" + format_rounded(law.jitter);
  if (law.loss > 0) text += " loss " + format_number(law.loss);
  if (law.pass_every > 1) text += " 1 in " + std::to_string(law.pass_every);
  for (const sim::Disturbance& each : law.disturbances) {
    text += " [";
    if (each.every > 0s) text += "every " + format_rounded(each.every) + " ";
    if (each.length && each.every == 0s) text += "at " + format_rounded(each.from) + " ";
    if (each.chance < 1) text += format_number(each.chance) + " of packets ";
    if (each.delay > 0s) text += "+" + format_rounded(each.delay);
    if (each.ramp > 0s) text += " within " + format_rounded(each.ramp);
    if (each.jitter > 0s) text += "~" + format_rounded(each.jitter);
    if (each.loss > 0) text += "loss " + format_number(each.loss);
    text += "]";
  }
  return text;
}

std::string said(const sim::ServerLaw& server) {
  const std::string up = said(server.up);
  const std::string down = said(server.down);
  std::string text = server.name + ": " + (up == down ? up : up + "/" + down);
  if (server.upstream) text += " stratum 2 up for " + format_rounded(server.upstream->up_for);
  if (server.ahead != 0s) text += " ahead " + format_rounded(server.ahead);
  if (server.also) text += " also " + format_rounded(server.also->ahead);
  if (server.leap) text += " leap of its own";
  return text;
}

std::string said(const sim::Happening& event) {
  std::string text = std::string(to_string(event.kind)) + "@" + format_rounded(event.at);
  if (!event.server.empty()) text += " " + event.server;
  if (event.amount != 0s) text += " by " + format_rounded(event.amount);
  if (event.length != 0s) text += " for " + format_rounded(event.length);
  if (event.frequency.value != 0) text += " " + format_number(event.frequency.value) + " ppm";
  if (event.tsc_kept) text += " tsc kept";
  if (event.signalled) text += " signalled";
  if (event.every > 0s) text += " every " + format_rounded(event.every);
  return text;
}

}  // namespace

sim::Scenario draw_world(std::uint64_t seed) {
  Dice dice(seed);
  sim::Scenario world;
  world.name = "world" + std::to_string(seed);
  world.comment = "drawn at random";
  world.seeds = {seed};
  world.length = dice.of(std::array<Nanos, 4>{6h, 12h, 24h, 48h});
  world.statistics_from = 1h;
  world.polls = {dice.of(
      std::array<core::PollRange, 4>{core::PollRange{16s, 64s}, core::PollRange{64s, 64s},
                                     core::PollRange{64s, 1024s}, core::PollRange{16s, 1024s}})};
  world.rates = {dice.of(std::array{Ppm{500}, Ppm{5000}, Ppm{83'333}})};
  world.core.mode = core::Mode::takeover;
  world.core.step.at_startup = core::StartupStep::never;
  world.honest = false;
  draw_client(dice, world.client);
  const std::size_t count = 1 + dice.below(kMostServers);
  const Nanos usual_delay = dice.wide(50us, 100ms);
  for (std::size_t i = 0; i < count; ++i)
    world.servers.push_back(draw_server(dice, world.length, usual_delay, i));
  draw_events(dice, world);
  return world;
}

std::string describe(const sim::Scenario& world) {
  const sim::ClientLaw& client = world.client;
  std::string text = format(world.length) + " " + sim::poll_text(world.polls.front()) + " " +
                     format_number(world.rates.front().value) + "ppm; client " +
                     format_rounded(client.ahead) + " " + format_number(client.frequency.value) +
                     " ppm wander " + format_number(client.wander);
  if (client.drift.kind != sim::DriftKind::none)
    text += " drift " + format_number(client.drift.amplitude.value) + " ppm in " +
            format_rounded(client.drift.period);
  if (client.timer_latency > 0s) text += " late " + format_rounded(client.timer_latency);
  if (client.stamp_noise > 0s) text += " stamps " + format_rounded(client.stamp_noise);
  if (client.drift_file)
    text += " file " + format_number(client.drift_file->frequency.value) + "+-" +
            format_number(client.drift_file->uncertainty.value);
  for (const sim::ServerLaw& server : world.servers) text += "; " + said(server);
  for (const sim::Happening& event : world.events) text += "; " + said(event);
  return text;
}

}  // namespace slewd::tests
