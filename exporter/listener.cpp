#include "exporter/listener.hpp"

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

namespace slewd::exporter {
namespace {

// How long the listening sockets are left alone when accept() finds no descriptor or memory: they
// stay readable, and the loop would spin.
constexpr Nanos kAcceptPause = std::chrono::seconds(1);

Peer peer_of(int fd, Transport transport) {
  Peer peer{transport, false, {}};
  if (transport == Transport::tcp) {
    peer.loopback = is_on_loopback(fd);
    return peer;
  }
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0) {
    peer.uid = credentials.uid;
  }
  return peer;
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
    polled.push_back({accept_again_ ? -1 : socket.fd(), POLLIN, 0});
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
  sweep();  // before new ones ask for room
  for (std::size_t i = 0; i < sockets_.size(); ++i) {
    if (polled[1 + i].revents != 0) accept_from(sockets_[i], now);
  }
}

int Listener::timeout_ms() const {
  std::optional<MonoTime> next = accept_again_;
  for (const auto& connection : connections_) {
    if (connection->state() == Connection::State::ready) return 0;
    const auto deadline = connection->deadline();
    if (deadline && (!next || *deadline < *next)) next = deadline;
  }
  if (!next) return -1;
  const Nanos left = std::max(*next - clock_.now().mono, Nanos{0});
  // Rounded up: waking a moment early would only mean to poll again.
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::min<std::int64_t>(ms, std::numeric_limits<int>::max()));
}

void Listener::accept_from(const ListeningSocket& socket, MonoTime now) {
  // Bounded, so that a flood of connections cannot keep the loop from its other work.
  for (std::size_t i = 0; i < limits::kHttpConnections; ++i) {
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
  const auto local = std::ranges::count(connections_, Transport::unix_socket,
                                        [](const auto& each) { return each->transport(); });
  // Any local user may connect: all of them together must leave room for Prometheus and the
  // kubelet.
  const bool share_is_full = transport == Transport::unix_socket &&
                             static_cast<std::size_t>(local) >= limits::kUnixConnections;
  if ((share_is_full || connections_.size() >= limits::kHttpConnections) &&
      !make_room(transport, share_is_full)) {
    stats_.rejected(Rejection::connections);
    return;
  }
  if (transport == Transport::tcp) {
    const int on = 1;
    // Head and body leave in one call, yet a second segment must not wait for the first's ack.
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const Peer peer = peer_of(fd.get(), transport);
  connections_.push_back(
      std::make_unique<Connection>(next_id_++, std::move(fd), peer, now, deadlines_, stats_));
}

// Closes the connection that is the least loss: an idle one, else the one that has been sending its
// request for longest (an honest one is there within milliseconds). Never one that is being
// answered. TCP clients cannot push out those of the unix socket.
bool Listener::make_room(Transport newcomer, bool among_its_own) {
  const auto rank = [&](const std::unique_ptr<Connection>& c) {
    const bool waiting =
        c->state() == Connection::State::reading || c->state() == Connection::State::draining;
    if (!waiting || (among_its_own && c->transport() != newcomer)) return 3;
    if (c->transport() == Transport::unix_socket) return newcomer == Transport::tcp ? 3 : 2;
    return c->idle() ? 0 : 1;
  };
  const auto victim =
      std::min_element(connections_.begin(), connections_.end(), [&](const auto& a, const auto& b) {
        return std::pair(rank(a), a->since()) < std::pair(rank(b), b->since());
      });
  if (victim == connections_.end() || rank(*victim) == 3) return false;
  stats_.rejected(Rejection::connections);
  connections_.erase(victim);
  return true;
}

void Listener::deliver_answers(MonoTime now) {
  for (WorkerPool::Answer& answer : workers_->take_answers()) {
    for (const auto& connection : connections_) {
      if (connection->id() == answer.connection) connection->answer(answer.response, now);
    }
  }
}

void Listener::dispatch(MonoTime now) {
  for (const auto& connection : connections_) {
    if (connection->state() != Connection::State::ready) continue;
    if (workers_->submit(connection->id(), connection->take_request())) continue;
    stats_.rejected(Rejection::busy);
    connection->close_after_answer();
    Response busy = text_response(503, "busy, try again\n");
    busy.headers.emplace_back("Retry-After", "1");
    connection->answer(busy, now);
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
