// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/limits.hpp"
#include "base/quiet_thread.hpp"
#include "exporter/http/peer.hpp"

namespace slewd::exporter {
namespace {

// How long the listening sockets are not polled when accept() finds no descriptor or memory: they
// stay readable, and the loop would spin.
constexpr Nanos kAcceptPause = std::chrono::seconds(1);

void prepare(int fd, const Peer& peer) {
  const int on = 1;
  if (peer.party == Party::tcp) {
    // Head and body leave in one call, yet a second segment must not wait for the first's ack.
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  } else if (peer.party == Party::local) {
    ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &limits::kLocalSendBytes,
                 sizeof limits::kLocalSendBytes);
  }
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::start(std::vector<ListeningSocket> sockets,
                                                  const Deadlines& deadlines,
                                                  const core::Clock& clock, HttpStats& stats,
                                                  WorkerPool::Handler handler) {
  Fd wake(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake.valid()) return fail(system_error("eventfd", errno));
  std::unique_ptr<Listener> listener(new Listener(std::move(sockets), deadlines, clock, stats,
                                                  std::move(handler), std::move(wake)));
  Listener* self = listener.get();
  self->thread_ = start_quiet_thread("slewd-http", [self] { self->run(); });
  return listener;
}

Listener::Listener(std::vector<ListeningSocket> sockets, const Deadlines& deadlines,
                   const core::Clock& clock, HttpStats& stats, WorkerPool::Handler handler, Fd wake)
    : sockets_(std::move(sockets)),
      deadlines_(deadlines),
      clock_(clock),
      stats_(stats),
      wake_(std::move(wake)),
      workers_(std::make_unique<WorkerPool>(std::move(handler), [this] { this->wake(); })) {}

Listener::~Listener() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Listener::wake() const {
  // The counter cannot overflow in practice, and a full one is readable all the same.
  static_cast<void>(::eventfd_write(wake_.get(), 1));
}

void Listener::run() {
  while (!stopping_) {
    wait();
    const MonoTime now = clock_.now().mono;
    deliver_answers(now);
    dispatch(now);
    expire(now);
    sweep();
    stats_.set_connections(connections_.size());
  }
}

// Polls, then serves what is ready. Connections that a worker has are not polled: their hang-up
// would be reported again and again.
void Listener::wait() {
  std::vector<pollfd> polled{{wake_.get(), POLLIN, 0}};
  for (const ListeningSocket& socket : sockets_) {
    const bool open = !accept_again_ && accepts(socket.transport());
    polled.push_back({open ? socket.fd() : -1, POLLIN, 0});
  }
  const std::size_t known = connections_.size();
  for (const auto& connection : connections_) {
    const short events = connection->poll_events();
    polled.push_back({events == 0 ? -1 : connection->fd(), events, 0});
  }
  if (::poll(polled.data(), polled.size(), timeout_ms()) <= 0) return;
  const MonoTime now = clock_.now().mono;
  if (polled[0].revents != 0) {
    eventfd_t count = 0;
    static_cast<void>(::eventfd_read(wake_.get(), &count));
  }
  const std::size_t first = 1 + sockets_.size();
  for (std::size_t i = 0; i < known; ++i) {
    if (polled[first + i].revents != 0) connections_[i]->on_ready(now);
  }
  sweep();  // before new ones need places
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (polled[1 + i].revents != 0) accept_from(sockets_[i], now);
  }
}

int Listener::timeout_ms() const {
  std::optional<MonoTime> next = accept_again_;
  for (const auto& connection : connections_) {
    const auto deadline = connection->deadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  if (!next) return -1;
  const Nanos left = std::max(*next - clock_.now().mono, Nanos{0});
  // Rounded up: waking a moment early would only mean to poll again.
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
}

// While all new clients have complete requests that wait, more of them wait in the kernel's queue:
// an overload makes answers late, but refuses none. On a unix socket the peer is not known yet.
bool Listener::accepts(Transport transport) const {
  const auto waits = [](const auto& each) {
    return each->party() == Party::tcp && each->room() == Room::newcomers &&
           each->state() == Connection::State::ready;
  };
  return transport == Transport::unix_socket ||
         static_cast<std::size_t>(std::ranges::count_if(connections_, waits)) <
             places_of(Party::tcp, Room::newcomers);
}

void Listener::accept_from(const ListeningSocket& socket, MonoTime now) {
  // Bounded, so that a flood of connections cannot keep the loop from its other work.
  for (std::size_t i = 0; i < limits::kHttpAcceptsAtOnce && accepts(socket.transport()); ++i) {
    Fd fd(::accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      admit(std::move(fd), socket.transport(), now);
      continue;
    }
    const int error = errno;
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
      stats_.rejected(Rejection::connections);
      accept_again_ = now + kAcceptPause;
    }
    if (error != ECONNABORTED && error != EINTR) return;
  }
}

void Listener::admit(Fd fd, Transport transport, MonoTime now) {
  const Peer peer = peer_of(fd.get(), transport);
  if (!make_room(peer.party, Room::newcomers, now)) {
    stats_.rejected(Rejection::connections);
    return;
  }
  prepare(fd.get(), peer);
  connections_.push_back(
      std::make_unique<Connection>(next_id_++, std::move(fd), peer, now, deadlines_, stats_));
  // A request that has arrived already needs no place for new clients.
  connections_.back()->on_ready(now);
}

bool Listener::make_room(Party party, Room room, MonoTime now) {
  std::vector<Connection*> holders;
  for (const auto& each : connections_) {
    if (each->state() != Connection::State::closed && each->party() == party &&
        each->room() == room)
      holders.push_back(each.get());
  }
  if (holders.size() < places_of(party, room)) return true;
  std::vector<Place> places;
  for (Connection* each : holders) places.push_back(each->place(now));
  const std::optional<std::size_t> to_close = connection_to_close(places, now);
  if (!to_close) return false;
  stats_.rejected(Rejection::connections);
  holders[*to_close]->abort();
  return true;
}

void Listener::deliver_answers(MonoTime now) {
  for (WorkerPool::Answer& answer : workers_->take_answers()) {
    for (const auto& connection : connections_) {
      if (connection->id() == answer.connection) connection->answer(answer.response, now);
    }
  }
}

// A request whose connection finds no place waits: all places have requests at the workers then,
// and their answers wake the loop.
void Listener::dispatch(MonoTime now) {
  for (const auto& connection : connections_) {
    if (connection->state() != Connection::State::ready) continue;
    if (connection->room() == Room::newcomers &&
        !make_room(connection->party(), Room::clients, now))
      continue;
    workers_->submit(connection->id(), connection->take_request());
  }
}

void Listener::sweep() {
  std::erase_if(connections_,
                [](const auto& c) { return c->state() == Connection::State::closed; });
}

void Listener::expire(MonoTime now) {
  if (accept_again_ && *accept_again_ <= now) accept_again_.reset();
  for (const auto& connection : connections_) {
    if (connection->deadline() && *connection->deadline() <= now) connection->on_deadline(now);
  }
}

}  // namespace slewd::exporter
