// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_authority.hpp"

#include <utility>

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kStartTimeout = 25s;  // as long as the bus itself waits for what it starts

}  // namespace

UnitAuthority::UnitAuthority(UnitConnection& connection, OnAbsent on_absent)
    : connection_(connection), on_absent_(std::move(on_absent)) {}

void UnitAuthority::expect(bool acts) {
  const bool news = acts && !expected_;
  expected_ = acts;
  if (news && connection_.ready()) wake();
}

void UnitAuthority::on_ready() {
  if (expected_) wake();
}

void UnitAuthority::wake() {
  const BusCall ping{.path = "/org/freedesktop/PolicyKit1/Authority",
                     .interface = "org.freedesktop.DBus.Peer",
                     .member = "Ping",
                     .service = "org.freedesktop.PolicyKit1",
                     .start = true};
  connection_.call(ping, kStartTimeout, [this](const BusReply& reply) {
    if (reply.kind == BusReply::Kind::refused && expected_) on_absent_(reply.text);
  });
}

}  // namespace slewd::remedy
