// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/socket_probe.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "agent/remedy/probes/tcp_connect.hpp"
#include "base/check.hpp"
#include "base/duration.hpp"

namespace slewd::remedy {

using rules::ProbeState;

namespace {

// Only the peer's or the network's answer speaks of the service; the rest is our own trouble.
ProbeState state_of(const Error& error) {
  const bool theirs = error.code() == ErrorCode::unavailable || error.code() == ErrorCode::timeout;
  return theirs ? ProbeState::failed : ProbeState::unknown;
}

}  // namespace

SocketProbe::SocketProbe(os::Reactor& reactor, std::string host, int port, Nanos timeout,
                         Script script)
    : reactor_(reactor),
      host_(std::move(host)),
      port_(port),
      timeout_(timeout),
      script_(std::move(script)),
      deadline_(reactor) {}

SocketProbe::~SocketProbe() {
  if (socket_.valid()) reactor_.unwatch(socket_.get());
}

void SocketProbe::begin(std::function<void(ProbeResult)> done) {
  SLEWD_CHECK(!done_);
  done_ = std::move(done);
  started_ = reactor_.now();
  unsent_.clear();
  received_ = 0;
  if (const Result<void> opened = open(); !opened) {
    // Reported at the loop's next turn: begin() never reports.
    deadline_.start(started_,
                    [this, why = opened.error()] { finish(state_of(why), why.describe()); });
    return;
  }
  deadline_.start(started_ + timeout_, [this] { on_deadline(); });
}

Result<void> SocketProbe::open() {
  auto dialogue = script_();
  if (!dialogue) return fail(dialogue.error());
  auto socket = begin_connect(host_, port_);
  if (!socket) return fail(socket.error());
  dialogue_ = std::move(*dialogue);
  socket_ = std::move(*socket);
  connecting_ = true;
  listen_for(POLLOUT);
  return {};
}

void SocketProbe::listen_for(short events) {
  reactor_.watch(socket_.get(), events, [this](short ready) { on_ready(ready); });
}

void SocketProbe::on_ready(short events) {
  if (connecting_) return on_connected();
  if ((events & POLLOUT) != 0 && !write_some())
    return finish(ProbeState::failed, "connection lost: " + dialogue_->missing());
  if ((events & ~POLLOUT) != 0) return read_some();
  listen_for(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void SocketProbe::on_connected() {
  if (const Result<void> ended = finish_connect(socket_.get()); !ended)
    return finish(state_of(ended.error()), ended.error().describe());
  connecting_ = false;
  take(dialogue_->connected());
}

void SocketProbe::read_some() {
  std::array<char, 1024> buffer{};
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return finish(ProbeState::failed,
                  system_error("recv", errno).describe() + ": " + dialogue_->missing());
  }
  if (got == 0)
    return finish(ProbeState::failed, "connection closed by the server: " + dialogue_->missing());
  received_ += static_cast<std::size_t>(got);
  if (received_ > dialogue_->reply_limit())
    return finish(ProbeState::failed, "reply longer than " +
                                          std::to_string(dialogue_->reply_limit()) +
                                          " bytes: " + dialogue_->missing());
  take(dialogue_->received({buffer.data(), static_cast<std::size_t>(got)}));
}

bool SocketProbe::write_some() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }
  return true;
}

void SocketProbe::take(const Step& step) {
  unsent_ += step.send;
  const bool alive = write_some();
  if (step.kind == Step::Kind::passed) return finish(ProbeState::ok, step.detail);
  if (step.kind == Step::Kind::failed) return finish(ProbeState::failed, step.detail);
  if (!alive) return finish(ProbeState::failed, "connection lost: " + dialogue_->missing());
  listen_for(unsent_.empty() ? POLLIN : POLLIN | POLLOUT);
}

void SocketProbe::on_deadline() {
  const std::string what = connecting_ ? "no connection" : dialogue_->missing();
  finish(ProbeState::failed, what + " within " + format(timeout_));
}

void SocketProbe::finish(ProbeState state, std::string detail) {
  deadline_.stop();
  if (socket_.valid()) {
    reactor_.unwatch(socket_.get());
    socket_.reset();
  }
  ProbeResult result{state, std::move(detail), reactor_.now() - started_};
  const auto done = std::exchange(done_, nullptr);
  done(std::move(result));  // may destroy this probe
}

}  // namespace slewd::remedy
