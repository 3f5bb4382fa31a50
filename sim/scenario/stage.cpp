#include "sim/scenario/stage.hpp"

#include <utility>

namespace slewd::sim {
namespace {

ClientConfig client_config(const ClientLaw& law) {
  ClientConfig config;
  config.offset = -law.ahead;
  config.oscillator.frequency = law.frequency;
  config.oscillator.wander = law.wander;
  if (law.drift.kind != DriftKind::none)
    config.oscillator.drift = [drift = law.drift](TrueTime now) {
      return drift_at(drift, now - kWorldStart);
    };
  config.timer_latency = law.timer_latency;
  config.stamp_noise = law.stamp_noise;
  return config;
}

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
      host_(choice.seed, client_config(scenario.client), core_config(scenario, choice)) {
  if (scenario.client.drift_file) host_.client.drift_store().put(scenario.client.drift_file);
  int number = 0;
  for (const ServerLaw& law : scenario.servers) {
    ServerHost server;
    server.name = law.name;
    server.endpoint = ipv4(192, 0, 2, ++number);
    server.personality.manner = law.manner;
    server.personality.offset = law.ahead;
    server.up = law.up;
    server.down = law.down;
    core::SourceConfig source;
    source.prefer = law.prefer;
    source.trust = law.trust;
    source.noselect = law.noselect;
    servers_.push_back(&host_.add_server(std::move(server), std::move(source)));
  }
  for (const Happening& event : scenario.events) schedule(event, event.at);
}

void Stage::schedule(const Happening& event, Nanos at) {
  if (at > scenario_.length) return;
  host_.world.at(kWorldStart + at, [this, &event, at] {
    perform(event);
    if (event.every > Nanos{0}) schedule(event, at + event.every);
  });
}

void Stage::perform(const Happening& event) {
  ClientMachine& client = host_.client;
  switch (event.kind) {
    case EventKind::server_step:
    case EventKind::server_back:
    case EventKind::server_mute:
      return perform_on_servers(event);
    case EventKind::outage:
      return outage(event);
    case EventKind::frequency_step:
      return client.shift_frequency(event.frequency);
    case EventKind::foreign_step:
      return client.kernel().step(event.amount);
    case EventKind::foreign_slew:
      host_.expect_foreign_frequency();
      return client.kernel().set_frequency(event.frequency);
    case EventKind::vm_pause:
      return event.tsc_kept ? client.stall(event.length) : client.pause(event.length);
    case EventKind::migration:
      return migrate(event);
    case EventKind::suspend:
      return client.suspend(event.length, event.amount);
    // All that a guest can notice of a roll-back: its memory is that of the snapshot, and so are
    // its clocks, so the time since then is missing as after a pause.
    case EventKind::snapshot_rollback:
      return client.pause(event.length);
    case EventKind::kill:
      return kill(event);
    case EventKind::steal:
      return client.stall(event.length);
  }
}

void Stage::perform_on_servers(const Happening& event) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!event.server.empty() && servers_[i]->name != event.server) continue;
    Personality& personality = servers_[i]->personality;
    if (event.kind == EventKind::server_step) personality.offset += event.amount;
    if (event.kind == EventKind::server_back) personality.offset = scenario_.servers[i].ahead;
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
  host_.world.after(event.length, [this] {
    if (!host_.running()) return;
    host_.engine().on_clock_set();
    host_.engine().burst();
  });
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
