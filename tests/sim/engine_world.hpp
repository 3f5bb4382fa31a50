// SPDX-License-Identifier: Apache-2.0
// One engine on one simulated machine for tests: what the scenarios' host checks, and how far off
// the clock is. Tests and the trace program share it.
#pragma once

#include <string>

#include "sim/scenario/engine_host.hpp"

namespace slewd::tests {

class EngineWorld final : public sim::EngineHost {
 public:
  explicit EngineWorld(std::uint64_t seed, sim::ClientConfig client = {},
                       core::CoreConfig config = default_config(),
                       sim::TrueTime start = sim::kWorldStart);

  // Mode auto, steps never: what most scenarios want.
  [[nodiscard]] static core::CoreConfig default_config();
  // A server `name`, known to the engine, with the same law in both directions.
  sim::ServerHost& add_server(const std::string& name, sim::LinkLaw law,
                              sim::Personality personality = {});
  // Starts the engine with the servers added so far, and the checks of the invariants.
  void start();

  // Root mean square of the true offset in seconds, sampled each second since reset_error().
  [[nodiscard]] double rms() const;
  [[nodiscard]] Nanos largest_error() const { return largest_; }
  void reset_error();
  // Samples in which the published bound did not contain the true error, of how many.
  [[nodiscard]] std::uint64_t bound_violations() const { return bound_violations_; }
  [[nodiscard]] std::uint64_t bound_checks() const { return bound_checks_; }

 private:
  void check_second();

  int servers_ = 0;
  double sum_of_squares_ = 0;
  std::uint64_t seconds_ = 0;
  Nanos largest_{};
  std::uint64_t bound_violations_ = 0;
  std::uint64_t bound_checks_ = 0;
};

}  // namespace slewd::tests
