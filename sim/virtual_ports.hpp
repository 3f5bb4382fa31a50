// SPDX-License-Identifier: Apache-2.0
// The small ports of one simulated machine: entropy, names, the drift file. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "sim/event_queue.hpp"
#include "sim/random.hpp"

namespace slewd::sim {

class VirtualEntropy final : public core::Entropy {
 public:
  explicit VirtualEntropy(Random random) : random_(random) {}
  [[nodiscard]] std::uint64_t next() override { return random_.next(); }

 private:
  Random random_;
};

// A table of names, which may change while the world runs. Answers after `latency`.
class VirtualResolver final : public core::Resolver {
 public:
  explicit VirtualResolver(EventQueue& queue) : queue_(queue) {}

  // Replaces what `host` means. The port of a lookup's answer is the one that was asked for.
  void set(const std::string& host, std::vector<core::Endpoint> endpoints);
  // Lookups of `host` fail with `code` from now on.
  void fail(const std::string& host, ErrorCode code);
  void set_latency(Nanos latency) { latency_ = latency; }

  [[nodiscard]] std::uint64_t lookups() const { return lookups_; }  // so far
  // Unknown names fail with `not_found`.
  void lookup(const std::string& host, std::uint16_t port, Answer answer) override;

 private:
  [[nodiscard]] Result<std::vector<core::Endpoint>> resolve(const std::string& host,
                                                            std::uint16_t port) const;

  EventQueue& queue_;
  Nanos latency_ = std::chrono::milliseconds{5};
  std::uint64_t lookups_ = 0;
  std::map<std::string, Result<std::vector<core::Endpoint>>> table_;
};

// Survives its user, as a file does.
class MemoryDriftStore final : public core::DriftStore {
 public:
  [[nodiscard]] std::optional<core::DriftRecord> load() override { return record_; }
  Result<void> save(const core::DriftRecord& record) override;

  void put(std::optional<core::DriftRecord> record) { record_ = record; }
  // While true, save() fails with `unavailable`, as on a full disk.
  void fail_saves(bool failing) { failing_ = failing; }
  [[nodiscard]] std::uint64_t saves() const { return saves_; }

 private:
  std::optional<core::DriftRecord> record_;
  bool failing_ = false;
  std::uint64_t saves_ = 0;
};

}  // namespace slewd::sim
