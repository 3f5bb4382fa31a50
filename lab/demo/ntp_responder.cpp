// SPDX-License-Identifier: Apache-2.0
#include "lab/demo/ntp_responder.hpp"

#include <array>
#include <cerrno>
#include <cstddef>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/limits.hpp"

namespace slewd::lab {

NtpResponder::NtpResponder(const DemoMachine& machine)
    : machine_(machine), loop_(machine.stamp_clock()) {}

NtpResponder::~NtpResponder() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<NtpResponder>> NtpResponder::start(
    const DemoMachine& machine, const std::vector<sim::Personality>& personalities) {
  std::unique_ptr<NtpResponder> responder(new NtpResponder(machine));
  for (const sim::Personality& personality : personalities)
    if (auto opened = responder->open(personality); !opened)
      return fail(std::move(opened.error()).within("embedded NTP server"));
  responder->thread_ = std::jthread([raw = responder.get()] { raw->loop_.run(); });
  return responder;
}

Result<void> NtpResponder::open(const sim::Personality& personality) {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail(system_error("socket", errno));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd.get(), generic, length) != 0) return fail(system_error("bind", errno));
  if (::getsockname(fd.get(), generic, &length) != 0)
    return fail(system_error("getsockname", errno));
  ports_.push_back(ntohs(address.sin_port));
  loop_.watch(fd.get(), POLLIN,
              [this, socket = fd.get(), personality](short) { answer(socket, personality); });
  sockets_.push_back(std::move(fd));
  return {};
}

void NtpResponder::answer(int socket, const sim::Personality& personality) {
  std::array<std::byte, limits::kNtpPacketBytes> buffer{};
  sockaddr_in peer{};
  socklen_t length = sizeof peer;
  auto* generic = reinterpret_cast<sockaddr*>(&peer);
  const ssize_t got = ::recvfrom(socket, buffer.data(), buffer.size(), 0, generic, &length);
  if (got < 0) return;
  const WallTime received = machine_.truth();
  const auto reply = sim::serve(personality, std::span(buffer).first(static_cast<std::size_t>(got)),
                                received, machine_.truth());
  // A reply that cannot be sent counts as a lost packet: the client polls again.
  if (reply) (void)::sendto(socket, reply->data(), reply->size(), 0, generic, length);
}

}  // namespace slewd::lab
