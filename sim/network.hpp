// SPDX-License-Identifier: Apache-2.0
// The virtual network: servers with addresses, a delay law for each direction of each path, and
// the core's Network port for one client. Packets overtake each other as their delays will have it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/core/ports.hpp"
#include "sim/event_queue.hpp"
#include "sim/link.hpp"
#include "sim/ntp_server.hpp"
#include "sim/random.hpp"
#include "sim/served_clock.hpp"
#include "sim/utc.hpp"

namespace slewd::sim {

// A second machine behind the same address: it answers a share of the requests, each by chance,
// and its clock is apart from the first one's.
struct Companion {
  Nanos apart{};  // positive = it shows more
  double chance = 0.5;
};

// A machine that answers NTP. Everything may be changed while the world runs.
struct ServerHost {
  std::string name{};
  core::Endpoint endpoint{};
  Personality personality{};
  LinkLaw up{};                                      // client to server
  LinkLaw down{};                                    // server to client
  Nanos turnaround = std::chrono::microseconds{20};  // between receive and transmit
  std::optional<Companion> companion{};
  std::optional<ServedClock> disciplined{};  // the clock beneath the personality's offset
  std::uint64_t requests = 0;                // that arrived
};

// All servers of a world, and the way to them.
class Internet {
 public:
  Internet(EventQueue& queue, std::uint64_t seed)
      : queue_(queue), seed_(seed), start_(queue.now()) {}

  ServerHost& add(ServerHost host);
  // Null when nobody has the address: packets to it vanish.
  [[nodiscard]] ServerHost* find(const core::Endpoint& endpoint);
  [[nodiscard]] EventQueue& queue() { return queue_; }
  [[nodiscard]] Nanos elapsed() const { return queue_.now() - start_; }  // since the start
  [[nodiscard]] Utc& utc() { return utc_; }
  [[nodiscard]] Random stream(std::string_view name) const { return {seed_, name}; }

 private:
  EventQueue& queue_;
  std::uint64_t seed_;
  TrueTime start_;
  Utc utc_;
  std::vector<std::unique_ptr<ServerHost>> hosts_;
};

// What one client sees of an exchange of packets.
struct Exchange {
  core::Endpoint server;
  RawTime sent;  // as send() gave it
  const core::Datagram& reply;
};

class VirtualNetwork final : public core::Network {
 public:
  using RawNow = std::function<RawTime()>;
  using Receiver = std::function<void(const core::Datagram&)>;
  using Watcher = std::function<void(const Exchange&)>;

  // `client` names the random streams of its paths.
  VirtualNetwork(Internet& internet, std::string client, RawNow raw_now);

  // Who gets what arrives; datagrams for closed sockets and without a receiver are dropped.
  void deliver_to(Receiver receiver) { receiver_ = std::move(receiver); }
  // Is shown each reply just before the receiver: for a second client that is fed with the same.
  void show_to(Watcher watcher) { watcher_ = std::move(watcher); }
  // While down, open_client() and send() fail with `unavailable`, and nothing is delivered.
  void set_up(bool up) { up_ = up; }
  // How far the stamps are from the wire: a packet leaves that long (mean, exponential) after its
  // stamp, and is stamped that long after it came.
  void set_stamp_noise(Nanos mean) { stamp_noise_ = mean; }
  // What arrives before `until` is stamped and delivered then: nobody runs who could.
  void hold_until(TrueTime until) { held_until_ = std::max(held_until_, until); }

  Result<core::SocketId> open_client(const core::Endpoint& server,
                                     const core::LocalEnd& local) override;
  Result<RawTime> send(core::SocketId socket, std::span<const std::byte> bytes) override;
  void close(core::SocketId socket) override { sockets_.erase(socket); }

  [[nodiscard]] std::size_t open_sockets() const { return sockets_.size(); }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }  // packets so far
  // Hands `bytes` to the receiver now as if they had come in on `socket`: for forged packets.
  void inject(core::SocketId socket, std::span<const std::byte> bytes);

 private:
  struct Path {
    Link up;
    Link down;
    Random balancer;
  };
  using Bytes = std::vector<std::byte>;
  Path& path_to(const ServerHost& host);
  void arrive_at_server(core::SocketId socket, ServerHost& host, const Bytes& request);
  void arrive_here(core::SocketId socket, const std::shared_ptr<const Bytes>& reply);
  [[nodiscard]] Personality answering(ServerHost& host);
  [[nodiscard]] Nanos stamp_error();

  Internet& internet_;
  std::string client_;
  RawNow raw_now_;
  Receiver receiver_;
  Watcher watcher_;
  bool up_ = true;
  Random stamp_random_;
  Nanos stamp_noise_{};
  TrueTime held_until_;
  std::uint64_t sent_ = 0;
  std::uint32_t next_socket_ = 1;
  struct Socket {
    core::Endpoint server;
    RawTime sent;  // the latest request
  };
  std::map<core::SocketId, Socket> sockets_;
  std::map<std::string, Path> paths_;  // by server name
};

// An IPv4 endpoint: ipv4(192, 0, 2, 1).
[[nodiscard]] core::Endpoint ipv4(int a, int b, int c, int d, std::uint16_t port = 123);

}  // namespace slewd::sim
