#include "exporter/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/limits.hpp"

namespace slewd::exporter {
namespace {

constexpr std::size_t kReadBytes = 16384;
// A connection that idles keeps no more than this.
constexpr std::size_t kIdleBytes = 4096;

bool would_block(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

Connection::Connection(std::uint64_t id, Fd fd, Peer peer, MonoTime now, const Deadlines& deadlines,
                       HttpStats& stats)
    : id_(id), fd_(std::move(fd)), peer_(peer), deadlines_(deadlines), stats_(stats) {
  enter(State::reading, now, deadlines_.request);
}

void Connection::enter(State state, MonoTime now, std::optional<Nanos> limit) {
  state_ = state;
  since_ = now;
  deadline_.reset();
  if (limit) deadline_ = now + *limit;
}

short Connection::poll_events() const {
  switch (state_) {
    case State::reading:
    case State::draining:
      return POLLIN;
    case State::writing:
      return POLLOUT;
    default:
      return 0;
  }
}

void Connection::on_ready(MonoTime now) {
  if (state_ == State::reading) receive(now);
  if (state_ == State::writing) flush(now);
  if (state_ == State::draining) drain();
}

void Connection::on_deadline(MonoTime now) {
  if (state_ == State::reading && !buffer_.empty()) {
    stats_.rejected(Rejection::timeout);
    refuse(408, "the request did not come in time", now);
  } else {
    close();
  }
}

void Connection::receive(MonoTime now) {
  std::array<char, kReadBytes> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got < 0 && would_block(errno)) return;
  if (got <= 0) {
    close();
    return;
  }
  if (buffer_.empty()) enter(State::reading, now, deadlines_.request);
  buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  examine(now);
}

void Connection::examine(MonoTime now) {
  switch (framer_.advance(buffer_)) {
    case Framer::State::need_more:
      return;
    case Framer::State::complete:
      enter(State::ready, now, {});
      return;
    case Framer::State::refused:
      stats_.rejected(rejection_of(framer_.refused().reason));
      refuse(framer_.refused().status, framer_.refused().message, now);
      return;
  }
}

Request Connection::take_request() {
  Request request = std::move(framer_.request());
  buffer_.erase(0, framer_.consumed());
  framer_.reset();
  request.transport = peer_.transport;
  request.loopback = peer_.loopback;
  request.peer_uid = peer_.uid;
  keep_alive_ = keep_alive_ && request.keep_alive;
  head_only_ = request.method == "HEAD";
  state_ = State::serving;
  return request;
}

void Connection::refuse(int status, std::string_view message, MonoTime now) {
  keep_alive_ = false;
  head_only_ = false;
  answer(text_response(status, std::string(message) + "\n"), now);
}

void Connection::answer(const Response& response, MonoTime now) {
  head_ = response_head(response, keep_alive_);
  sent_ = 0;
  const bool body = !head_only_ && response.status != 304;
  shared_ = body ? response.shared : nullptr;
  own_ = body ? response.own : std::string();
  enter(State::writing, now, deadlines_.write);
  flush(now);
}

void Connection::flush(MonoTime now) {
  const std::array<std::string_view, 3> parts{head_, shared_ ? std::string_view(*shared_) : "",
                                              own_};
  while (true) {
    std::array<iovec, 3> vectors{};
    std::size_t count = 0;
    std::size_t skip = sent_;
    for (const std::string_view part : parts) {
      const std::size_t gone = std::min(skip, part.size());
      skip -= gone;
      if (gone == part.size()) continue;
      // sendmsg reads only; iovec is not const because recvmsg shares it.
      vectors[count].iov_base =
          const_cast<char*>(part.data() + gone);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      vectors[count++].iov_len = part.size() - gone;
    }
    if (count == 0) {
      written(now);
      return;
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    const ssize_t sent = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0 && would_block(errno)) return;
    if (sent <= 0) {
      close();
      return;
    }
    sent_ += static_cast<std::size_t>(sent);
  }
}

void Connection::written(MonoTime now) {
  std::string().swap(head_);
  std::string().swap(own_);
  shared_.reset();
  if (!keep_alive_) {
    std::string().swap(buffer_);
    ::shutdown(fd_.get(), SHUT_WR);
    enter(State::draining, now, deadlines_.drain);
    return;
  }
  if (buffer_.empty()) {
    if (buffer_.capacity() > kIdleBytes) std::string().swap(buffer_);
    enter(State::reading, now, deadlines_.idle);
    return;
  }
  enter(State::reading, now, deadlines_.request);
  examine(now);  // a pipelined request may be here already
}

void Connection::drain() {
  std::array<char, kReadBytes> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got < 0 && would_block(errno)) return;
  drained_ += got > 0 ? static_cast<std::size_t>(got) : 0;
  if (got <= 0 || drained_ > limits::kHttpDrainBytes) close();
}

void Connection::close() {
  fd_.reset();
  deadline_.reset();
  state_ = State::closed;
}

}  // namespace slewd::exporter
