// SPDX-License-Identifier: Apache-2.0
#include "lab/step_harm.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/human_time.hpp"

namespace slewd::lab {
namespace {

using namespace std::chrono_literals;

// "{step}" in an effect is the size, "{hang}" the time for which logins to Dovecot 2 hang.
constexpr Nanos kDovecotHang = 180s;

struct Entry {
  Nanos beyond;  // affected by steps or errors larger than this
  Nanos upto;    // and not larger than this
  std::string_view service;
  std::string_view effect;
};
constexpr Nanos kAny = Nanos::max();

constexpr auto kBackward = std::to_array<Entry>({
    {5s, kAny, "Dovecot 1.x", "the master exits (status 89): no connections until a restart"},
    {999ms, 5s, "Dovecot 1.x",
     "its processes sleep for {step} and up to a second more, one after another"},
    {999ms, kAny, "Dovecot 2.x",
     "new logins hang for up to {hang} although the port sends its greeting; a reload ends this"},
    {5s, kAny, "Dovecot 2.x", "mail processes that were just active exit"},
    {1s, kAny, "Varnish", "the worker panics and loses its cache (clock_step, 1 s)"},
    {0s, kAny, "etcd up to 3.4", "leases live longer by {step}"},
    {0s, kAny, "Redis, Valkey", "keys and locks that expire live longer by {step}"},
    {0s, kAny, "Cassandra, Scylla", "a newer write can lose to an older one"},
    {0s, kAny, "TiDB PD", "timestamps do not advance for {step}"},
    {0s, kAny, "Quartz, timers on the wall clock", "jobs can stop for {step}"},
    {0s, kAny, "Snowflake-style IDs", "no IDs are issued for {step}"},
    {5s, kAny, "Kubernetes node", "its lease is not renewed for {step}: the node can turn Unknown"},
    {1s, kAny, "tokens, certificates", "new ones are not valid yet for {step}"},
    {0s, kAny, "WireGuard initiator", "new handshakes can be refused for up to {step}"},
    {0s, kAny, "PostgreSQL", "the next timed checkpoint comes up to {step} later"},
    {0s, kAny, "Prometheus", "its samples are discarded for {step}"},
    {3h, kAny, "cron", "takes the new time at once"},
    {0s, kAny, "journald", "rotates its journal"},
    {0s, kAny, "systemd timers", "OnClockChange= fires, calendar timers are recalculated"},
});

constexpr auto kForward = std::to_array<Entry>({
    {0s, kAny, "Redis, Valkey", "keys and locks expire early, by {step}"},
    {180s, kAny, "Dovecot", "connections that have not logged in yet are dropped"},
    {30min, kAny, "Dovecot", "sessions outside IDLE end (\"Disconnected for inactivity\")"},
    {5s, kAny, "Kubernetes node", "can be NotReady for a moment"},
    {1min, 3h, "cron", "jobs of the skipped time run at once"},
    {3h, kAny, "cron", "takes the new time at once"},
    {0s, kAny, "systemd timers", "OnClockChange= fires, calendar timers are recalculated"},
});

constexpr auto kError = std::to_array<Entry>({
    {50ms, kAny, "Ceph monitors", "warn (mon_clock_drift_allowed)"},
    {400ms, kAny, "CockroachDB", "a node that differs this much from half of its peers exits"},
    {500ms, kAny, "YugabyteDB", "a server that differs this much from its peers exits"},
    {30s, kAny, "HBase", "the master rejects the region server"},
    {30s, kAny, "TOTP", "one-time passwords are refused"},
    {300s, kAny, "Kerberos", "authentication is refused"},
});

std::string filled(std::string_view effect, Nanos size) {
  std::string text(effect);
  const auto put = [&](std::string_view mark, const std::string& value) {
    const auto at = text.find(mark);
    if (at != std::string::npos) text.replace(at, mark.size(), value);
  };
  put("{step}", human_time(size));
  put("{hang}", human_time(std::min(size, kDovecotHang)));
  return text;
}

std::vector<Harm> harms(std::span<const Entry> entries, Nanos size) {
  std::vector<Harm> found;
  for (const Entry& entry : entries)
    if (size > entry.beyond && size <= entry.upto)
      found.push_back({std::string(entry.service), filled(entry.effect, size)});
  return found;
}

}  // namespace

std::vector<Harm> harms_of_step(Nanos size) {
  if (size < Nanos{0}) return harms(kBackward, -size);
  return harms(kForward, size);
}

std::vector<Harm> harms_of_error(Nanos size) { return harms(kError, magnitude(size)); }

}  // namespace slewd::lab
