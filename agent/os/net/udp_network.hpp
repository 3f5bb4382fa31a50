// SPDX-License-Identifier: Apache-2.0
// The core's Network over connected UDP sockets, with the kernel's stamps of departure and arrival.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "agent/core/ports.hpp"
#include "agent/os/poll_loop.hpp"
#include "base/fd.hpp"

namespace slewd::os {

// Owned by the loop's thread. `stamp_clock` gives the readings from which Datagram::raw, its
// `departed` and the result of send() come; its wall and mono must be the kernel's own, in which
// the kernel stamps, while its raw may be that of a simulated oscillator.
class UdpNetwork : public core::Network {
 public:
  struct Counters {
    std::uint64_t kernel_stamped = 0;
    std::uint64_t daemon_stamped = 0;
    std::uint64_t oversized = 0;  // longer than limits::kNtpPacketBytes: not delivered
    std::uint64_t errors = 0;     // refused and other asynchronous errors
  };

  // `deliver` gets each packet on the loop's thread; it may close and open sockets.
  UdpNetwork(PollLoop& loop, const core::Clock& stamp_clock,
             std::function<void(const core::Datagram&)> deliver);
  UdpNetwork(const UdpNetwork&) = delete;
  UdpNetwork& operator=(const UdpNetwork&) = delete;
  ~UdpNetwork() override;

  Result<core::SocketId> open_client(const core::Endpoint& server,
                                     const core::LocalEnd& local) override;
  Result<RawTime> send(core::SocketId socket, std::span<const std::byte> bytes) override;
  void close(core::SocketId socket) override;

  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  struct Client {
    Fd fd;
    std::string peer;
    core::ClockReading sent;  // just before the latest request
    std::uint32_t requests = 0;
    std::optional<RawTime> departed{};  // of the latest request, once the kernel has stamped it
    int errors_in_a_row = 0;            // since the last packet sent or received
  };

  void on_ready(core::SocketId socket, short revents);
  // Takes one message off the error queue. False when there is none.
  bool take_departure(Client& client);
  void on_receive_error(Client& client, int number);

  PollLoop& loop_;
  const core::Clock& clock_;
  std::function<void(const core::Datagram&)> deliver_;
  // The kernel stamps arrivals from a moment after the first socket asks for it until the last one
  // is closed. Without this one, near servers would answer a client's new socket before that
  // moment.
  Fd keeps_stamping_;
  std::map<core::SocketId, Client> clients_;
  std::uint32_t next_id_ = 1;
  Counters counters_;
};

}  // namespace slewd::os
