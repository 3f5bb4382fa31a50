// One accepted connection as a state machine over a non-blocking socket. Owned by the listener's
// thread; told the time, never reads a clock. Memory is bounded by the framing limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.hpp"
#include "base/timeline.hpp"
#include "exporter/framing.hpp"
#include "exporter/http_message.hpp"
#include "exporter/http_stats.hpp"

namespace slewd::exporter {

struct Deadlines {
  Nanos request = std::chrono::seconds(10);  // from the first byte to the complete request
  Nanos idle = std::chrono::seconds(75);     // between requests: longer than a scrape interval
  Nanos write = std::chrono::seconds(10);    // for a whole answer
  Nanos drain = std::chrono::seconds(1);     // so that a refused peer can read why
};

struct Peer {
  Transport transport = Transport::tcp;
  bool loopback = false;
  std::optional<uid_t> uid;
};

class Connection {
 public:
  enum class State {
    reading,  // waits for a request, or for the rest of one
    ready,    // a complete request waits for take_request()
    serving,  // a worker has it
    writing,
    draining,  // answered and shut down: drops what still comes, so that no reset eats the answer
    closed,
  };

  Connection(std::uint64_t id, Fd fd, Peer peer, MonoTime now, const Deadlines& deadlines,
             HttpStats& stats);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Transport transport() const { return peer_.transport; }
  // Nothing of a request has come: the first to go when room is needed.
  [[nodiscard]] bool idle() const { return state_ == State::reading && buffer_.empty(); }
  [[nodiscard]] MonoTime since() const { return since_; }  // when the present state began
  // POLLIN or POLLOUT; 0 while a worker is busy with it.
  [[nodiscard]] short poll_events() const;
  // None while serving: the worker's own bounds hold there.
  [[nodiscard]] std::optional<MonoTime> deadline() const { return deadline_; }

  void on_ready(MonoTime now);
  void on_deadline(MonoTime now);
  [[nodiscard]] Request take_request();
  // Sends the answer of a worker, or of the listener itself.
  void answer(const Response& response, MonoTime now);
  // The answers from here on say "close".
  void close_after_answer() { keep_alive_ = false; }

 private:
  void enter(State state, MonoTime now, std::optional<Nanos> limit);
  void receive(MonoTime now);
  void examine(MonoTime now);
  void refuse(int status, std::string_view message, MonoTime now);
  void flush(MonoTime now);
  void written(MonoTime now);
  void drain();
  void close();

  std::uint64_t id_;
  Fd fd_;
  Peer peer_;
  Deadlines deadlines_;
  HttpStats& stats_;
  State state_ = State::reading;
  MonoTime since_;
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
