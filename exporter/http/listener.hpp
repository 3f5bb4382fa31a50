// SPDX-License-Identifier: Apache-2.0
// The bounded front of the HTTP server: one poll(2) thread owns every socket, reads at most one
// bounded request from each of a bounded number of connections (exporter/http/places.hpp), and
// passes complete requests to the workers. docs/security.md lists the attacks that it withstands.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "agent/core/ports.hpp"
#include "exporter/http/connection.hpp"
#include "exporter/http/listening_socket.hpp"
#include "exporter/http/worker_pool.hpp"

namespace slewd::exporter {

class Listener {
 public:
  // `clock` (several threads call now()) and `stats` outlive the listener.
  [[nodiscard]] static Result<std::unique_ptr<Listener>> start(std::vector<ListeningSocket> sockets,
                                                               const Deadlines& deadlines,
                                                               const core::Clock& clock,
                                                               HttpStats& stats,
                                                               WorkerPool::Handler handler);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

 private:
  Listener(std::vector<ListeningSocket> sockets, const Deadlines& deadlines,
           const core::Clock& clock, HttpStats& stats, WorkerPool::Handler handler, Fd wake);

  void run();
  void wait();
  void wake() const;
  [[nodiscard]] bool accepts(Transport transport) const;
  void accept_from(const ListeningSocket& socket, MonoTime now);
  void admit(Fd fd, Transport transport, MonoTime now);
  [[nodiscard]] bool make_room(Party party, Room room, MonoTime now);
  void deliver_answers(MonoTime now);
  void dispatch(MonoTime now);
  void expire(MonoTime now);
  void sweep();
  [[nodiscard]] int timeout_ms() const;

  std::vector<ListeningSocket> sockets_;
  Deadlines deadlines_;
  const core::Clock& clock_;
  HttpStats& stats_;
  Fd wake_;
  std::atomic<bool> stopping_{false};
  // By the poll thread alone.
  std::vector<std::unique_ptr<Connection>> connections_;
  std::uint64_t next_id_ = 1;
  std::optional<MonoTime> accept_again_;  // set while the process has no descriptor left
  // Last, so that their threads end before the objects that they use.
  std::unique_ptr<WorkerPool> workers_;
  std::jthread thread_;
};

}  // namespace slewd::exporter
