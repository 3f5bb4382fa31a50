// SPDX-License-Identifier: Apache-2.0
// The interfaces through which the core meets the world. The core calls them on its own thread;
// agent/os implements them over the kernel, sim/ over a virtual world.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/frequency.hpp"
#include "base/result.hpp"
#include "base/timeline.hpp"

namespace slewd::core {

// All timelines read in one sandwich. `width` bounds how far apart the readings can lie.
struct ClockReading {
  MonoTime mono;
  RawTime raw;
  BootTime boot;
  WallTime wall;
  Nanos width{};
  TaiTime tai{};  // zero where the machine has none
};

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual ClockReading now() const = 0;
};

enum class Leap { none, insert, erase, unknown };

// What the core reports to the kernel, so that timedatectl and node_exporter read the truth.
struct KernelStatus {
  bool synchronized = false;        // clears STA_UNSYNC
  Nanos max_error{};                // ADJ_MAXERROR; the kernel itself lets it grow by 500 ppm
  Nanos estimated_error{};          // ADJ_ESTERROR
  Leap leap = Leap::none;           // arms STA_INS or STA_DEL
  std::optional<int> tai_offset{};  // s: ADJ_TAI, TAI less UTC; empty leaves it as it is
};

// What the kernel says of its own clock (adjtimex read-back).
struct KernelReadback {
  Ppm frequency;                 // frequency and tick together
  Ppm tick;                      // the tick's part of it
  Nanos singleshot_remaining{};  // of an adjtime() in progress
  bool unsynchronized = true;
  Nanos max_error{};
  Nanos estimated_error{};
  Nanos loop_offset{};  // what its own phase-locked loop still has to move; zero while it is off
  int status_bits = 0;  // STA_* as the kernel gives them
  int tai_offset = 0;   // s
};

// The only way to move the clock. Every call can fail with `permission`: then the engine observes.
class ClockDriver {
 public:
  virtual ~ClockDriver() = default;
  // Replaces the whole frequency correction (base plus slew). |total| <= max_frequency().
  virtual Result<void> set_frequency(Ppm total) = 0;
  // adjtime(): the kernel itself slews by `amount` at 500 ppm and stops, even if we die.
  // Replaces an adjustment in progress; zero cancels it.
  virtual Result<void> start_singleshot(Nanos amount) = 0;
  // Moves the wall clock at once by `amount` (positive = forward).
  virtual Result<void> step(Nanos amount) = 0;
  virtual Result<void> publish_status(const KernelStatus& status) = 0;
  [[nodiscard]] virtual Result<KernelReadback> read_back() const = 0;
  [[nodiscard]] virtual Ppm max_frequency() const = 0;
};

// The local end of a client's socket. Empty members leave the choice to the kernel.
struct LocalEnd {
  std::string address;  // numeric, of the family of the server's
  std::string device;   // network interface (SO_BINDTODEVICE)
  int dscp = 0;         // of the requests, 0 to 63 (RFC 2474)

  friend bool operator==(const LocalEnd&, const LocalEnd&) = default;
};

// A UDP peer. `address` is in network byte order, 4 or 16 bytes.
struct Endpoint {
  std::array<std::byte, 16> address{};
  bool ipv6 = false;
  std::uint16_t port = 0;
  std::uint32_t scope = 0;  // of a link-local IPv6 address

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// "192.0.2.1:123", "[2001:db8::1]:123".
[[nodiscard]] std::string format(const Endpoint& endpoint);
// Whether the address belongs to this host or to a private network: loopback, link-local, and the
// ranges of RFC 1918 and RFC 4193.
[[nodiscard]] bool is_private(const Endpoint& endpoint);

enum class SocketId : std::uint32_t {};
enum class StampSource { daemon, kernel, hardware };

// A received packet. `raw` is the moment of arrival on the un-slewed timeline: an adapter whose
// kernel stamps in wall time converts it by a sandwich reading, so that a step between stamp and
// read cannot enter a measurement.
struct Datagram {
  SocketId socket;
  std::span<const std::byte> bytes;
  RawTime raw;
  StampSource source = StampSource::daemon;
  // When the latest request of this socket left, where the kernel stamped it.
  std::optional<RawTime> departed{};
};

class Network {
 public:
  virtual ~Network() = default;
  // A socket connected to `server` on a fresh random source port (RFC 9109).
  virtual Result<SocketId> open_client(const Endpoint& server, const LocalEnd& local) = 0;
  // The moment just before the packet was handed to the kernel: never late, but early by what a
  // busy machine takes to send. Datagram::departed replaces it.
  virtual Result<RawTime> send(SocketId socket, std::span<const std::byte> bytes) = 0;
  virtual void close(SocketId socket) = 0;
};

enum class TimerId : std::uint64_t {};

class Timers {
 public:
  virtual ~Timers() = default;
  // Calls `expired` once, at or after `when`, on the core thread.
  virtual TimerId at(MonoTime when, std::function<void()> expired) = 0;
  // Cancelling an expired or unknown timer does nothing.
  virtual void cancel(TimerId timer) = 0;
};

class Entropy {
 public:
  virtual ~Entropy() = default;
  [[nodiscard]] virtual std::uint64_t next() = 0;
};

class Resolver {
 public:
  using Answer = std::function<void(Result<std::vector<Endpoint>>)>;
  virtual ~Resolver() = default;
  // `answer` is called exactly once on the core thread, perhaps before lookup returns.
  virtual void lookup(const std::string& host, std::uint16_t port, Answer answer) = 0;
};

// The frequency that survives a restart (drift file): with its uncertainty, and the identity of the
// machine whose oscillator it describes, because images are cloned.
struct DriftRecord {
  Ppm frequency;
  Ppm uncertainty;
};

class DriftStore {
 public:
  virtual ~DriftStore() = default;
  // Empty when there is none or when it belongs to another machine.
  [[nodiscard]] virtual std::optional<DriftRecord> load() = 0;
  virtual Result<void> save(const DriftRecord& record) = 0;
};

}  // namespace slewd::core
