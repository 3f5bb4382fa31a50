// SPDX-License-Identifier: Apache-2.0
// The addresses of one configured name, in the order in which to try them. An address that was
// given up goes to the back and is left alone for a while; families alternate.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/core/config.hpp"
#include "agent/core/ports.hpp"

namespace slewd::core {

// Those of `endpoints` that a source of this family may use.
[[nodiscard]] std::vector<Endpoint> of_family(std::vector<Endpoint> endpoints,
                                              AddressFamily family);
// Why a name has no address, for people.
[[nodiscard]] std::string no_address(AddressFamily family);

class AddressQueue {
 public:
  // What the name stands for, by its newest answer. Addresses that it no longer stands for are
  // remembered, up to limits::kRememberedAddresses, those that have answered first.
  void update(std::span<const Endpoint> found);
  // Whether the newest answer has `endpoint`.
  [[nodiscard]] bool has(const Endpoint& endpoint) const;
  // Whether the name has left `endpoint`: several answers in a row are without it. One alone means
  // little, since the answers of a pool rotate.
  [[nodiscard]] bool has_left(const Endpoint& endpoint) const;
  // This address has failed: not again for `pause`. It is doubled with each time in a row, up to
  // one hour, unless all take `turns`: then it may be the network, and however often that is counts
  // as once.
  void give_up(const Endpoint& endpoint, MonoTime now, Nanos pause, bool turns);
  void answered(const Endpoint& endpoint);
  // How often in a row it was given up.
  [[nodiscard]] int given_up(const Endpoint& endpoint) const;
  // The network has changed: none has to wait any longer.
  void forgive();

  // The best address that is free now; empty = none is. One that has answered before comes before
  // those that were never tried, also when the newest answer does not have it. Where both families
  // are as good it is of the other one than `instead_of`, or than the last one without it.
  [[nodiscard]] std::optional<Endpoint> next(std::span<const Endpoint> taken, MonoTime now,
                                             const Endpoint* instead_of = nullptr);
  // From when on next() will have one, long past if now; empty = all are taken.
  [[nodiscard]] std::optional<MonoTime> next_at(std::span<const Endpoint> taken) const;

 private:
  struct Entry {
    Endpoint endpoint;
    bool current = true;    // in the newest answer
    int missing = 0;        // answers in a row without it
    bool answered = false;  // at least once
    int given_up = 0;       // in a row
    int failures = 0;       // of these, those that were no turns
    std::optional<MonoTime> not_before{};
  };
  [[nodiscard]] const Entry* find(const Endpoint& endpoint) const;
  [[nodiscard]] Entry* find(const Endpoint& endpoint);
  [[nodiscard]] static bool may_be_tried(const Entry& entry);

  std::vector<Entry> entries_;  // in the order of the newest answer, then those of older ones
  std::optional<bool> last_ipv6_;
};

}  // namespace slewd::core
