// SPDX-License-Identifier: Apache-2.0
#include "sim/world.hpp"

#include <utility>

#include "base/check.hpp"

namespace slewd::sim {

World::World(std::uint64_t seed, TrueTime start)
    : seed_(seed), queue_(start), internet_(queue_, seed) {}

ServerHost& World::add_server(ServerHost host) {
  ServerHost& added = internet_.add(std::move(host));
  servers_.push_back(&added);
  for (const auto& client : clients_) client->resolver().set(added.name, {added.endpoint});
  return added;
}

ClientMachine& World::add_client(ClientConfig config) {
  clients_.push_back(std::make_unique<ClientMachine>(queue_, internet_, std::move(config)));
  ClientMachine& added = *clients_.back();
  for (const ServerHost* server : servers_) added.resolver().set(server->name, {server->endpoint});
  return added;
}

void World::every(Nanos period, std::function<void()> event) {
  SLEWD_CHECK(period > Nanos{0});
  periodic_.push_back(std::make_unique<Periodic>(Periodic{period, std::move(event)}));
  schedule(*periodic_.back());
}

void World::schedule(Periodic& periodic) {
  at(now() + periodic.period, [this, &periodic] {
    periodic.event();
    schedule(periodic);
  });
}

}  // namespace slewd::sim
