// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/connection.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/limits.hpp"

namespace slewd::exporter {
namespace {

constexpr std::size_t kReadBytes = 16384;
// An idle connection keeps no more than this.
constexpr std::size_t kIdleBytes = 4096;
// Reading less than this is not progress: a peer that reads one byte a second is stalled, not slow.
constexpr std::size_t kProgressBytes = 1024;
// How often to check whether a peer that sends no more has read everything: there is no event for
// it.
constexpr Nanos kLookAgain = std::chrono::milliseconds(50);

bool would_block(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

Connection::Connection(std::uint64_t id, Fd fd, Peer peer, MonoTime now, const Deadlines& deadlines,
                       HttpStats& stats)
    : id_(id),
      fd_(std::move(fd)),
      peer_(peer),
      deadlines_(deadlines),
      stats_(stats),
      behind_since_(now),
      progress_(now) {
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
      return POLLIN;
    case State::draining:
      return peer_done_ ? short{0} : short{POLLIN};
    case State::writing:
      return POLLOUT;
    default:
      return 0;
  }
}

void Connection::on_ready(MonoTime now) {
  if (state_ == State::reading) receive(now);
  if (state_ == State::writing) flush(now);
  if (state_ == State::draining) drain(now);
}

void Connection::on_deadline(MonoTime now) {
  if (state_ == State::reading && !buffer_.empty()) {
    stats_.rejected(Rejection::timeout);
    refuse(408, "the request was not complete in time", now);
    return;
  }
  const bool behind = in_kernel() > 0;
  if (state_ == State::draining && behind && now < behind_since_ + deadlines_.write) {
    deadline_ = now + kLookAgain;
  } else if (state_ == State::reading && room_ == Room::clients && !behind &&
             now < since_ + deadlines_.idle) {
    deadline_ = since_ + deadlines_.idle;
  } else {
    close();
  }
}

// Bytes of answers in the kernel: for TCP until the peer's kernel has them, for a unix socket until
// the peer has read them.
std::size_t Connection::in_kernel() const {
  int bytes = 0;
  if (::ioctl(fd_.get(), SIOCOUTQ, &bytes) != 0) return 0;
  return static_cast<std::size_t>(std::max(bytes, 0));
}

std::size_t Connection::unsent() const {
  const std::size_t whole = head_.size() + (shared_ ? shared_->size() : 0) + own_.size();
  return whole - std::min(sent_, whole);
}

Place Connection::place(MonoTime now) {
  Place place{Stage::asking, peer_.key, since_, progress_};
  if (state_ == State::ready || state_ == State::serving) {
    place.stage = state_ == State::ready ? Stage::ready : Stage::serving;
    return place;
  }
  if (room_ == Room::newcomers && state_ == State::reading) return place;
  const std::size_t left = in_kernel() + unsent();
  if (left > 0) {
    if (left + kProgressBytes <= left_) {
      left_ = left;
      progress_ = now;
    }
    place.stage = Stage::answering;
    place.since = behind_since_;
    place.progress = progress_;
  } else if (state_ == State::draining) {
    place.stage = Stage::leaving;
  } else if (buffer_.empty()) {
    place.stage = Stage::idle;
  }
  return place;
}

void Connection::receive(MonoTime now) {
  std::array<char, kReadBytes> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got < 0 && would_block(errno)) return;
  if (got < 0) {
    close();
    return;
  }
  if (got == 0) {
    peer_done_ = true;
    leave(now);
    return;
  }
  // The time of a new client starts with its connection.
  if (buffer_.empty() && room_ == Room::clients) enter(State::reading, now, deadlines_.request);
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
  room_ = Room::clients;
  return request;
}

void Connection::refuse(int status, std::string_view message, MonoTime now) {
  keep_alive_ = false;
  head_only_ = false;
  answer(text_response(status, std::string(message) + "\n"), now);
}

void Connection::answer(const Response& response, MonoTime now) {
  // A peer that never reads everything has one deadline, however many requests it sends.
  const std::size_t before = in_kernel();
  if (before == 0) behind_since_ = now;
  progress_ = now;
  head_ = response_head(response, keep_alive_);
  sent_ = 0;
  const bool body = !head_only_ && response.status != 304;
  shared_ = body ? response.shared : nullptr;
  own_ = body ? response.own : std::string();
  left_ = before + unsent();
  enter(State::writing, now, {});
  deadline_ = behind_since_ + deadlines_.write;
  flush(now);
}

void Connection::flush(MonoTime now) {
  const std::array<std::string_view, 3> parts{head_, shared_ ? std::string_view(*shared_) : "",
                                              own_};
  while (true) {
    std::array<iovec, 3> vectors{};
    std::size_t count = 0;
    std::size_t skip = sent_;
    std::size_t room = limits::kHttpWriteBytes;
    for (const std::string_view part : parts) {
      const std::size_t gone = std::min(skip, part.size());
      skip -= gone;
      const std::size_t length = std::min(part.size() - gone, room);
      if (length == 0) continue;
      room -= length;
      // sendmsg reads only; iovec is not const because recvmsg shares it.
      vectors[count].iov_base =
          const_cast<char*>(part.data() + gone);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
      vectors[count++].iov_len = length;
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
  sent_ = 0;
  if (!keep_alive_) {
    leave(now);
    return;
  }
  if (buffer_.empty()) {
    if (buffer_.capacity() > kIdleBytes) std::string().swap(buffer_);
    enter(State::reading, now, deadlines_.idle);
    if (in_kernel() > 0) deadline_ = behind_since_ + deadlines_.write;
    return;
  }
  enter(State::reading, now, deadlines_.request);
  examine(now);  // a pipelined request may be here already
}

// No more answers. The connection ends when the peer has everything, or at its deadline.
void Connection::leave(MonoTime now) {
  std::string().swap(buffer_);
  if (peer_done_ && in_kernel() == 0) {
    close();
    return;
  }
  ::shutdown(fd_.get(), SHUT_WR);
  enter(State::draining, now, peer_done_ ? kLookAgain : deadlines_.drain);
}

void Connection::drain(MonoTime now) {
  std::array<char, kReadBytes> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  const ssize_t got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
  if (got < 0 && would_block(errno)) return;
  drained_ += got > 0 ? static_cast<std::size_t>(got) : 0;
  if (got < 0 || drained_ > limits::kHttpDrainBytes) {
    close();
  } else if (got == 0) {
    peer_done_ = true;
    leave(now);
  }
}

void Connection::close() {
  // The kernel would keep unread data for minutes, without a connection of ours
  // that could be bounded.
  if (in_kernel() > 0) {
    abort();
    return;
  }
  fd_.reset();
  deadline_.reset();
  state_ = State::closed;
}

void Connection::abort() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
  deadline_.reset();
  state_ = State::closed;
}

}  // namespace slewd::exporter
