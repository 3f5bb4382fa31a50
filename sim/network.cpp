// SPDX-License-Identifier: Apache-2.0
#include "sim/network.hpp"

#include <utility>

#include "base/check.hpp"
#include "sim/trace_kind.hpp"

namespace slewd::sim {
namespace {

constexpr std::uint8_t kServedStratum = 2;
constexpr std::uint32_t kUpstreamRefid = 0xc6336400;  // 198.51.100.n: its upstream server

std::int64_t traced(core::SocketId socket) { return static_cast<std::int64_t>(socket); }

}  // namespace

ServerHost& Internet::add(ServerHost host) {
  SLEWD_CHECK(find(host.endpoint) == nullptr);
  hosts_.push_back(std::make_unique<ServerHost>(std::move(host)));
  return *hosts_.back();
}

ServerHost* Internet::find(const core::Endpoint& endpoint) {
  for (const auto& host : hosts_)
    if (host->endpoint == endpoint) return host.get();
  return nullptr;
}

VirtualNetwork::VirtualNetwork(Internet& internet, std::string client, RawNow raw_now)
    : internet_(internet),
      client_(std::move(client)),
      raw_now_(std::move(raw_now)),
      stamp_random_(internet.stream(client_ + "/stamps")) {}

Result<core::SocketId> VirtualNetwork::open_client(const core::Endpoint& server,
                                                   const core::LocalEnd& /*local*/) {
  if (!up_) return fail(ErrorCode::unavailable, "the virtual network is down");
  const auto socket = static_cast<core::SocketId>(next_socket_++);
  sockets_.emplace(socket, Socket{server, {}});
  return socket;
}

Result<RawTime> VirtualNetwork::send(core::SocketId socket, std::span<const std::byte> bytes) {
  const auto open = sockets_.find(socket);
  if (open == sockets_.end()) return fail(ErrorCode::invalid, "this socket is not open");
  if (!up_) return fail(ErrorCode::unavailable, "the virtual network is down");
  EventQueue& queue = internet_.queue();
  const RawTime sent = raw_now_();
  open->second.sent = sent;
  ++sent_;
  queue.trace({traced(TraceKind::sent), traced(socket), static_cast<std::int64_t>(bytes.size())});
  ServerHost* host = internet_.find(open->second.server);
  if (host == nullptr) return sent;
  const auto request = std::make_shared<const Bytes>(bytes.begin(), bytes.end());
  const Link::Arrivals arrivals = path_to(*host).up.carry(host->up, internet_.elapsed());
  const Nanos late = stamp_error();
  for (std::size_t i = 0; i < arrivals.count; ++i) {
    queue.at(queue.now() + late + arrivals.after[i],
             [this, socket, host, request] { arrive_at_server(socket, *host, *request); });
  }
  return sent;
}

void VirtualNetwork::inject(core::SocketId socket, std::span<const std::byte> bytes) {
  const auto open = sockets_.find(socket);
  if (!up_ || !receiver_ || open == sockets_.end()) return;
  const RawTime raw = raw_now_();
  internet_.queue().trace({traced(TraceKind::delivered), traced(socket), raw.since_epoch.count()});
  const core::Datagram reply{socket, bytes, raw, core::StampSource::kernel};
  if (watcher_) watcher_({open->second.server, open->second.sent, reply});
  receiver_(reply);
}

VirtualNetwork::Path& VirtualNetwork::path_to(const ServerHost& host) {
  const auto known = paths_.find(host.name);
  if (known != paths_.end()) return known->second;
  const std::string name = client_ + "/" + host.name;
  return paths_
      .emplace(host.name,
               Path{Link(internet_.stream(name + "/up")), Link(internet_.stream(name + "/down")),
                    internet_.stream(name + "/balancer")})
      .first->second;
}

void VirtualNetwork::arrive_at_server(core::SocketId socket, ServerHost& host,
                                      const Bytes& request) {
  EventQueue& queue = internet_.queue();
  ++host.requests;
  queue.trace(
      {traced(TraceKind::served), traced(socket), static_cast<std::int64_t>(host.requests)});
  const auto answer = serve(answering(host), request, internet_.utc().at(queue.now()),
                            internet_.utc().at(queue.now() + host.turnaround));
  if (!answer) return;
  const auto reply = std::make_shared<const Bytes>(answer->begin(), answer->end());
  const Link::Arrivals arrivals = path_to(host).down.carry(host.down, internet_.elapsed());
  for (std::size_t i = 0; i < arrivals.count; ++i) {
    queue.at(queue.now() + host.turnaround + arrivals.after[i],
             [this, socket, reply] { arrive_here(socket, reply); });
  }
}

Personality VirtualNetwork::answering(ServerHost& host) {
  Personality who = host.personality;
  if (host.companion && path_to(host).balancer.chance(host.companion->chance))
    who.offset += host.companion->apart;
  const TrueTime now = internet_.queue().now();
  if (!who.leap) who.leap = internet_.utc().announced(now);
  if (!host.disciplined) return who;
  const ServedClock::Reading reading = host.disciplined->read(now);
  if (!reading.synchronised && who.manner == ServerManner::honest)
    who.manner = ServerManner::unsynchronised;
  who.offset += reading.ahead;
  who.stratum = kServedStratum;
  who.refid = kUpstreamRefid + std::to_integer<std::uint32_t>(host.endpoint.address[3]);
  who.root_delay += reading.root_delay;
  who.root_dispersion += reading.root_dispersion;
  who.reference_age = reading.age;
  return who;
}

void VirtualNetwork::arrive_here(core::SocketId socket, const std::shared_ptr<const Bytes>& reply) {
  EventQueue& queue = internet_.queue();
  const TrueTime stamped = std::max(queue.now() + stamp_error(), held_until_);
  if (stamped == queue.now()) return inject(socket, *reply);
  queue.at(stamped, [this, socket, reply] { inject(socket, *reply); });
}

Nanos VirtualNetwork::stamp_error() {
  return stamp_noise_ > Nanos{0} ? stamp_random_.exponential(stamp_noise_) : Nanos{0};
}

core::Endpoint ipv4(int a, int b, int c, int d, std::uint16_t port) {
  core::Endpoint endpoint;
  endpoint.address[0] = static_cast<std::byte>(a);
  endpoint.address[1] = static_cast<std::byte>(b);
  endpoint.address[2] = static_cast<std::byte>(c);
  endpoint.address[3] = static_cast<std::byte>(d);
  endpoint.port = port;
  return endpoint;
}

}  // namespace slewd::sim
