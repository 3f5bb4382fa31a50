// SPDX-License-Identifier: Apache-2.0
// A virtual world: true time, servers, client machines. Equal seeds and equal scenarios give equal
// worlds, event for event, whatever the compiler: compare trace_hash(). One thread.
//
//   sim::World world(seed);
//   auto& server = world.add_server({.name = "a", .endpoint = sim::ipv4(192, 0, 2, 1)});
//   auto& client = world.add_client({.offset = 10ms, .oscillator = {.frequency = Ppm{10}}});
//   world.run_for(240h);
//   EXPECT_LT(magnitude(client.true_offset()), 1ms);
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string_view>
#include <vector>

#include "sim/client_machine.hpp"
#include "sim/event_queue.hpp"
#include "sim/network.hpp"

namespace slewd::sim {

class World {
 public:
  explicit World(std::uint64_t seed, TrueTime start = kWorldStart);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // References stay good as long as the world. A server's name resolves on every client, and its
  // public fields may be changed at any time.
  ServerHost& add_server(ServerHost host);
  ClientMachine& add_client(ClientConfig config = {});

  // What clocks ought to show; leap seconds are added here.
  [[nodiscard]] Utc& utc() { return internet_.utc(); }
  [[nodiscard]] TrueTime now() const { return queue_.now(); }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  void run_until(TrueTime end) { queue_.run_until(end); }
  void run_for(Nanos length) { queue_.run_until(now() + length); }
  // Runs until `done` holds; false when `limit` passed first.
  [[nodiscard]] bool run_until(const std::function<bool()>& done, Nanos limit) {
    return queue_.run_until(done, now() + limit);
  }

  // What happens in the world: outages, external steps, measurements.
  void at(TrueTime when, std::function<void()> event) { queue_.at(when, std::move(event)); }
  void after(Nanos delay, std::function<void()> event) { at(now() + delay, std::move(event)); }
  // First after one period, then for ever.
  void every(Nanos period, std::function<void()> event);

  // Numbers of a scenario's own, untouched by and not touching those of the models.
  [[nodiscard]] Random random(std::string_view name) const { return {seed_, name}; }
  // For what a scenario wants to see in the hash besides the world's own events.
  void trace(std::initializer_list<std::int64_t> values) { queue_.trace(values); }
  [[nodiscard]] std::uint64_t trace_hash() const { return queue_.trace_hash(); }
  [[nodiscard]] std::uint64_t events_run() const { return queue_.events_run(); }

 private:
  struct Periodic {
    Nanos period{};
    std::function<void()> event;
  };
  void schedule(Periodic& periodic);

  std::uint64_t seed_;
  EventQueue queue_;
  Internet internet_;
  std::vector<std::unique_ptr<Periodic>> periodic_;
  std::vector<const ServerHost*> servers_;
  std::vector<std::unique_ptr<ClientMachine>> clients_;
};

}  // namespace slewd::sim
