// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/stage.hpp"

#include <algorithm>
#include <utility>

namespace slewd::sim {
namespace {

ClientConfig client_config(const Scenario& scenario) {
  const ClientLaw& law = scenario.client;
  ClientConfig config;
  config.offset = -law.ahead;
  config.oscillator.frequency = law.frequency;
  config.oscillator.wander = law.wander;
  if (law.drift.kind != DriftKind::none)
    config.oscillator.drift = [drift = law.drift, start = scenario.start](TrueTime now) {
      return drift_at(drift, now - start);
    };
  config.timer_latency = law.timer_latency;
  config.stamp_noise = law.stamp_noise;
  config.uptime = law.uptime;
  return config;
}

// A disciplined server is ahead at its boot only, and then finds the time itself.
Nanos offset_at_start(const ServerLaw& law) { return law.upstream ? Nanos{0} : law.ahead; }

core::CoreConfig core_config(const Scenario& scenario, const RunChoice& choice) {
  core::CoreConfig config = scenario.core;
  config.poll = choice.poll;
  if (choice.rate == Ppm{0}) return config;
  config.steering.max_slew = choice.rate;
  config.steering.large_offset_slew = choice.rate;
  return config;
}

}  // namespace

Stage::Stage(const Scenario& scenario, const RunChoice& choice)
    : scenario_(scenario),
      host_(choice.seed, client_config(scenario), core_config(scenario, choice), scenario.start) {
  core::MachineSigns& signs = host_.client.witnesses().signs;
  signs.steal = Nanos{0};
  const auto is_signalled = [](const Happening& event) { return event.signalled; };
  if (std::ranges::any_of(scenario.events, is_signalled))
    signs.disruption_marker = signs.generation = 1;
  if (scenario.client.host_clock) host_.client.add_host_clock(*scenario.client.host_clock);
  if (scenario.client.drift_file) host_.client.drift_store().put(scenario.client.drift_file);
  int number = 0;
  for (const ServerLaw& law : scenario.servers) {
    ServerHost server;
    server.name = law.name;
    server.endpoint = ipv4(192, 0, 2, ++number);
    server.personality.manner = law.manner;
    server.personality.leap = law.leap;
    server.personality.offset = offset_at_start(law);
    if (law.upstream) {
      UpstreamLaw upstream = *law.upstream;
      upstream.ahead = law.ahead;
      server.disciplined = ServedClock(upstream, host_.world.random(law.name + "/oscillator"),
                                       host_.world.random(law.name + "/upstream"), scenario.start);
    }
    server.up = law.up;
    server.down = law.down;
    if (law.also) server.companion = {law.also->ahead - offset_at_start(law), law.also->chance};
    core::SourceConfig source;
    source.prefer = law.prefer;
    source.trust = law.trust;
    source.noselect = law.noselect;
    servers_.push_back(&host_.add_server(std::move(server), std::move(source)));
  }
  for (const Happening& event : scenario.events) {
    if (event.kind == EventKind::leap_second)
      host_.world.utc().add_leap(scenario.start + event.at,
                                 event.amount < Nanos{0} ? core::Leap::erase : core::Leap::insert);
    else
      schedule(event, event.at);
  }
}

void Stage::schedule(const Happening& event, Nanos at) {
  if (at > scenario_.length) return;
  host_.world.at(scenario_.start + at, [this, &event, at] {
    perform(event);
    if (event.every > Nanos{0}) schedule(event, at + event.every);
  });
}

void Stage::perform(const Happening& event) {
  ClientMachine& client = host_.client;
  switch (event.kind) {
    case EventKind::server_step:
    case EventKind::server_back:
    case EventKind::server_drift:
    case EventKind::server_mute:
      return perform_on_servers(event);
    case EventKind::outage:
      return outage(event);
    case EventKind::frequency_step:
      return client.shift_frequency(event.frequency);
    case EventKind::external_step:
      blame("date", true);
      return client.kernel().step(event.amount);
    case EventKind::external_slew:
      host_.expect_external_frequency();
      blame("adjtimex", false);
      return client.kernel().set_frequency(event.frequency);
    case EventKind::external_adjtime:
      host_.expect_external_frequency();
      blame("adjtimex", false);
      return static_cast<void>(client.kernel().start_singleshot(event.amount));
    case EventKind::vm_pause:
      return event.tsc_kept ? stall(event.length) : client.pause(event.length);
    case EventKind::migration:
      return migrate(event);
    case EventKind::suspend:
      return client.suspend(event.length, event.amount);
    case EventKind::snapshot_rollback:
      return roll_back(event);
    case EventKind::kill:
      return kill(event);
    case EventKind::steal:
      return stall(event.length);
    case EventKind::leap_second:
      return;  // announced long before
    case EventKind::busy:
      return client.be_busy(event.length, event.amount);
  }
}

void Stage::perform_on_servers(const Happening& event) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!event.server.empty() && servers_[i]->name != event.server) continue;
    Personality& personality = servers_[i]->personality;
    if (event.kind == EventKind::server_step) personality.offset += event.amount;
    if (event.kind == EventKind::server_back) {
      personality.offset = offset_at_start(scenario_.servers[i]);
      personality.drift = Ppm{0};
    }
    if (event.kind == EventKind::server_drift) {
      const WallTime now = host_.world.utc().at(host_.world.now());
      personality.offset = personality.ahead_at(now);
      personality.drifts_since = now;
      personality.drift = personality.drift + event.frequency;
    }
    if (event.kind != EventKind::server_mute) continue;
    personality.manner = ServerManner::silent;
    host_.world.after(event.length,
                      [this, i] { servers_[i]->personality.manner = scenario_.servers[i].manner; });
  }
}

void Stage::outage(const Happening& event) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!event.server.empty() && servers_[i]->name != event.server) continue;
    set_loss(i, 1, 1);
    host_.world.after(event.length, [this, i] {
      set_loss(i, scenario_.servers[i].up.loss, scenario_.servers[i].down.loss);
    });
  }
}

void Stage::set_loss(std::size_t server, double loss_up, double loss_down) {
  servers_[server]->up.loss = loss_up;
  servers_[server]->down.loss = loss_down;
}

void Stage::migrate(const Happening& event) {
  host_.client.stall(event.length);
  host_.client.shift_frequency(event.frequency);
  if (!event.signalled) return;
  // What the hypervisor leaves in the vmclock page before the machine runs again.
  host_.world.after(event.length, [this] { ++*host_.client.witnesses().signs.disruption_marker; });
}

// All that a guest can notice of a roll-back: its memory is that of the snapshot, and so are its
// clocks, so the time since then is missing as after a pause.
void Stage::roll_back(const Happening& event) {
  host_.client.pause(event.length);
  if (!event.signalled) return;
  host_.world.after(event.length, [this] {
    core::MachineSigns& signs = host_.client.witnesses().signs;
    ++*signs.disruption_marker;
    ++*signs.generation;
  });
}

// A hypervisor that lets the TSC run on admits that the time was stolen.
void Stage::stall(Nanos length) {
  host_.client.stall(length);
  *host_.client.witnesses().signs.steal += length;
}

void Stage::blame(std::string command, bool sets) {
  host_.client.clock_calls().add({.at = host_.client.raw_now(),
                                  .process = 812,
                                  .command = std::move(command),
                                  .origin = "cron.service",
                                  .sets = sets});
}

void Stage::kill(const Happening& event) {
  if (!host_.running()) return;
  host_.kill_engine();
  // What the service manager's ExecStopPost does: the stored frequency alone, no slew.
  if (event.restored)
    if (const auto stored = host_.client.drift_store().load())
      static_cast<void>(host_.client.driver().set_frequency(stored->frequency));
  host_.world.after(event.length, [this] {
    if (!host_.running()) host_.start_engine();
  });
}

}  // namespace slewd::sim
