// SPDX-License-Identifier: Apache-2.0
// One accepted connection as a state machine over a non-blocking socket. Owned by the listener's
// thread; gets the time as an argument, never reads a clock. Memory is bounded by the framing
// limits and by the socket's buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "base/timeline.hpp"
#include "exporter/http/framing.hpp"
#include "exporter/http/http_message.hpp"
#include "exporter/http/http_stats.hpp"
#include "exporter/http/peer.hpp"
#include "exporter/http/places.hpp"

namespace slewd::exporter {

struct Deadlines {
  // To the complete request: the first from the connection on, others from their first byte.
  Nanos request = std::chrono::seconds(10);
  Nanos idle = std::chrono::seconds(75);   // between requests: longer than a scrape interval
  Nanos write = std::chrono::seconds(10);  // how long a peer may leave an answer unread
  Nanos drain = std::chrono::seconds(1);   // so that a refused peer can read why
};

class Connection {
 public:
  enum class State {
    reading,  // waits for a request, or for the rest of one
    ready,    // a complete request waits for take_request()
    serving,  // a worker has it
    writing,
    draining,  // answered and shut down: drops what still comes until the peer has all and closes
    closed,
  };

  Connection(std::uint64_t id, Fd fd, Peer peer, MonoTime now, const Deadlines& deadlines,
             HttpStats& stats);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Party party() const { return peer_.party; }
  [[nodiscard]] Room room() const { return room_; }
  // For the choice of the connection to close. Asks the kernel what the peer has not read yet.
  [[nodiscard]] Place place(MonoTime now);
  // POLLIN or POLLOUT; 0 while a worker is busy with it, or while only the peer's reading counts.
  [[nodiscard]] short poll_events() const;
  // None while serving: the worker's own limits apply there.
  [[nodiscard]] std::optional<MonoTime> deadline() const { return deadline_; }

  void on_ready(MonoTime now);
  void on_deadline(MonoTime now);
  [[nodiscard]] Request take_request();
  // Sends the answer of a worker, or of the listener itself.
  void answer(const Response& response, MonoTime now);
  // Ends it at once: sent but unread data is dropped, and none of it stays in the kernel.
  void abort();

 private:
  void enter(State state, MonoTime now, std::optional<Nanos> limit);
  void receive(MonoTime now);
  void examine(MonoTime now);
  void refuse(int status, std::string_view message, MonoTime now);
  void flush(MonoTime now);
  void written(MonoTime now);
  void leave(MonoTime now);
  void drain(MonoTime now);
  void close();
  [[nodiscard]] std::size_t in_kernel() const;
  [[nodiscard]] std::size_t unsent() const;

  std::uint64_t id_;
  Fd fd_;
  Peer peer_;
  Deadlines deadlines_;
  HttpStats& stats_;
  State state_ = State::reading;
  Room room_ = Room::newcomers;
  MonoTime since_;          // when the present state began
  MonoTime behind_since_;   // since then the peer has had unread data, without a break
  MonoTime progress_;       // when it last read a part of that
  std::size_t left_ = 0;    // unread bytes then
  bool peer_done_ = false;  // it sends no more
  std::optional<MonoTime> deadline_;
  Framer framer_;
  std::string buffer_;
  bool keep_alive_ = true;
  bool head_only_ = false;  // the request was HEAD
  std::string head_;        // of the answer being written
  std::shared_ptr<const std::string> shared_;
  std::string own_;
  std::size_t sent_ = 0;
  std::size_t drained_ = 0;
};

}  // namespace slewd::exporter
