// SPDX-License-Identifier: Apache-2.0
// The patterns that are shipped for the lines in which services and time daemons tell of a jump,
// each with lines that it must match and the number that it must capture. The lines are those of
// the programs' sources and of machines whose clock was stepped.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace slewd::rules {

struct LogLine {
  std::string_view text;
  std::optional<double> captured = std::nullopt;
};

struct LogLiteral {
  std::string_view name;
  std::string_view pattern;
  std::vector<LogLine> lines;
};

// What may stand before Dovecot's own words: the header of a syslog file or of Dovecot's own file,
// the process, the severity. Nothing else may: user names are logged too, and strangers choose
// them.
#define SLEWD_DOVECOT_PREFIX                                                            \
  R"(^(?:dovecot: )?(?:(?:[A-Z][a-z]{2} [ 0-9]{2} [0-9:]{8}|[0-9T:.+Z-]{19,35}) )"      \
  R"((?:\S+ dovecot(?:\[[0-9]+\])?: )?)?(?:[A-Za-z-]+(?:\([^()]*\))?(?:<[^<>]*>)*: )?)" \
  R"((?:(?:Warning|Error|Fatal|Panic): )?)"

inline std::vector<LogLiteral> dovecot_literals() {
  return {
      {"dovecot.killed_itself",
       SLEWD_DOVECOT_PREFIX "Time just moved backwards by ([0-9.]+) seconds\\. This might cause a "
                            "lot of problems, so I'll just kill myself now",
       {{"dovecot: Time just moved backwards by 11 seconds. This might cause a lot of problems, so "
         "I'll just kill myself now.",
         11},
        {"dovecot: Nov 22 11:59:30 Fatal: Time just moved backwards by 60 seconds. This might "
         "cause a lot of problems, so I'll just kill myself now. "
         "http://wiki.dovecot.org/TimeMovedBackwards",
         60},
        {"Nov 22 11:59:30 mail dovecot: IMAP(joe): Time just moved backwards by 3600 seconds. This "
         "might cause a lot of problems, so I'll just kill myself now.",
         3600},
        {"imap(joe@example.org): Fatal: Time just moved backwards by 11 seconds. This might cause "
         "a lot of problems, so I'll just kill myself now. "
         "http://wiki2.dovecot.org/TimeMovedBackwards",
         11},
        {"imap(joe)<4711><QbkVVqgFDuJ/AAAB>: Fatal: Time just moved backwards by 10.748906 "
         "seconds. This might cause a lot of problems, so I'll just kill myself now.",
         10.748906},
        {"2026-11-22T11:59:30.123456+00:00 mail dovecot: indexer-worker: Fatal: Time just moved "
         "backwards by 59.984001 seconds. This might cause a lot of problems, so I'll just kill "
         "myself now.",
         59.984001}}},
      {"dovecot.sleeps",
       SLEWD_DOVECOT_PREFIX "Time just moved backwards by ([0-9.]+) seconds\\. I'll sleep now "
                            "until we're back in present",
       {{"dovecot: Time just moved backwards by 3 seconds. I'll sleep now until we're back in "
         "present. http://wiki.dovecot.org/TimeMovedBackwards",
         3},
        {"imap(joe)<12><a>: Warning: Time just moved backwards by 2.750113 seconds. I'll sleep "
         "now until we're back in present.",
         2.750113},
        {"Nov  2 01:59:30 imap(joe): Error: Time just moved backwards by 1 seconds. I'll sleep now "
         "until we're back in present.",
         1}}},
      {"dovecot.stall",
       SLEWD_DOVECOT_PREFIX "Time moved backwards by [0-9.]+ seconds, waiting for ([0-9.]+) "
                            "sec(?:ond)?s until new services are launched again",
       {{"master: Warning: Time moved backwards by 11 seconds, waiting for 11 secs until new "
         "services are launched again.",
         11},
        {"master: Warning: Time moved backwards by 3599.870113 seconds, waiting for 180.000000 "
         "seconds until new services are launched again.",
         180},
        {"dovecot: master: Warning: Time moved backwards by 60 seconds, waiting for 60 secs until "
         "new services are launched again.",
         60},
        {"Nov 22 11:59:30 mail dovecot[812]: master: Warning: Time moved backwards by 58.9 "
         "seconds, waiting for 58.9 seconds until new services are launched again.",
         58.9}}},
      {"dovecot.moved_backwards",
       SLEWD_DOVECOT_PREFIX "Time moved backwards by ([0-9.]+) seconds\\.",
       {{"imap-login: Warning: Time moved backwards by 11 seconds.", 11},
        {"auth: Warning: Time moved backwards by 59.984001 seconds. "
         "https://doc.dovecot.org/2.4.1/core/faq/time_moved.html",
         59.984001}}},
      {"dovecot.moved_forwards",
       SLEWD_DOVECOT_PREFIX "Time (?:jumped|moved) forwards? (?:by )?([0-9.]+) seconds",
       {{"imap(joe): Warning: Time jumped forwards 11 seconds", 11},
        {"master: Warning: Time moved forwards by 0.104312 seconds - adjusting timeouts.",
         0.104312},
        {"imap(joe)<12><a>: Warning: Time moved forward 10.99 seconds", 10.99},
        {"stats: Warning: Time moved forward by 3600.000100 seconds - adjusting timeouts.",
         3600.0001}}},
      {"dovecot.login_trouble",
       SLEWD_DOVECOT_PREFIX
       "(?:(?:master\\([a-z-]+\\): )?Auth request timed out|Internal login failure|Login client "
       "disconnected too early|Master requested auth for nonexistent client)",
       {{"imap-login: Error: master(imap): Auth request timed out (received 0/12 bytes)"},
        {"imap-login: Internal login failure (pid=812 id=1) (internal failure, 1 successful "
         "auths)"},
        {"imap: Error: Login client disconnected too early"},
        {"auth: Error: Master requested auth for nonexistent client 1"}}},
      {"dovecot.child_died",
       SLEWD_DOVECOT_PREFIX "service\\([a-z-]+\\): child [0-9]+ returned error 89 ",
       {{"master: Error: service(imap): child 4711 returned error 89 (Fatal failure)"}}},
  };
}

inline std::vector<LogLiteral> time_daemon_literals() {
  return {
      {"chrony.stepped",
       "System clock was stepped by ([-+]?[0-9.]+) seconds",
       {{"System clock was stepped by -3599.998123 seconds", -3599.998123},
        {"System clock was stepped by 0.512000 seconds", 0.512}}},
      {"chrony.wrong",
       "System clock wrong by ([-+]?[0-9.]+) seconds",
       {{"System clock wrong by 1.500331 seconds", 1.500331},
        {"System clock wrong by -0.731 seconds, adjustment started", -0.731}}},
      {"chrony.jumped",
       "^(?:Back|For)ward time jump detected!",
       {{"Backward time jump detected!"}, {"Forward time jump detected!"}}},
      {"chrony.adjustment",
       "^Adjustment of ([-+]?[0-9.]+) seconds",
       {{"Adjustment of 3600.123 seconds exceeded maximum, exiting", 3600.123}}},
      {"ntpsec.stepped",
       "CLOCK: time (?:stepped by|slew) ([-+]?[0-9.]+)",
       {{"CLOCK: time stepped by -60.000312", -60.000312}, {"CLOCK: time slew +0.091 s", 0.091}}},
      {"ntpsec.changed",
       "CLOCK: time changed from ",
       {{"CLOCK: time changed from 2026-11-22 to 2026-11-21"}}},
      {"ntpd.reset",
       "time reset ([-+]?[0-9.]+) s$",
       {{"time reset -2.075483 s", -2.075483}, {"time reset +0.391 s", 0.391}}},
      {"ntpd_rs.large_step",
       "Unusually large clock step suggested",
       {{"WARN ntp_proto::algorithm::kalman: Unusually large clock step suggested, please "
         "manually verify system clock and reference clock state and restart if appropriate."}}},
      {"journald.jumped",
       "^Time jumped backwards, rotating\\.",
       {{"Time jumped backwards, rotating."}}},
      {"systemd.changed", "^Time has been changed$", {{"Time has been changed"}}},
  };
}

inline std::vector<LogLiteral> victim_literals() {
  return {
      {"varnish.panic",
       "^(?:Error: )?Child \\([0-9]+\\) Panic at: ",
       {{"Child (812) Panic at: Sun, 22 Nov 2026 11:59:30 GMT\nWrong turn at "
         "cache/cache_session.c:400:\nClock step detected"},
        {"Error: Child (812) Panic at: Sun, 22 Nov 2026 11:59:30 GMT"}}},
      {"varnish.clock_step",
       "^(?:(?:Error: )?Child \\([0-9]+\\) Panic at: [A-Za-z0-9,: ]+\\s+)?Wrong turn at "
       "cache/cache_[a-z0-9_]+\\.c:[0-9]+:\\s*Clock step detected",
       {{"Child (812) Panic at: Sun, 22 Nov 2026 11:59:30 GMT\nWrong turn at "
         "cache/cache_session.c:400:\nClock step detected\nversion = varnish-7.1.1"},
        {"Wrong turn at cache/cache_session.c:400: Clock step detected"}}},
      {"etcd.clock_difference",
       "(?:the clock difference against peer \\S+ is too high|prober found high clock drift)",
       {{"the clock difference against peer 8211f1d0f64f3269 is too high [59.9s > 1s]"},
        {"{\"level\":\"warn\",\"msg\":\"prober found high clock drift\",\"clock-drift\":\"5s\"}"}}},
      {"cockroach.skew",
       "(?:clock synchronization error: this node is more than \\S+ away from at least half of the "
       "known nodes|fewer than half the known nodes are within the maximum offset|remote wall time "
       "is too far ahead)",
       {{"F221122 11:59:30.1 77 server/node.go:600  clock synchronization error: this node is more "
         "than 500ms away from at least half of the known nodes (0 of 2 are within the offset)"},
        {"fewer than half the known nodes are within the maximum offset of 500ms (0 of 2)"},
        {"remote wall time is too far ahead (1.2s) to be trustworthy"}}},
      {"ceph.skew",
       "clock skew detected on mon\\.",
       {{"Health check failed: clock skew detected on mon.b (MON_CLOCK_SKEW)"}}},
      {"pd.clock_offset",
       "\\[\"?(?:clock offset|system time may be incorrect)\"?\\]|ErrIncorrectSystemTime",
       {{"[2026/11/22 11:59:30.123 +00:00] [WARN] [tso.go:200] [\"clock offset\"] [jet-lag=5s]"},
        {"[WARN] [tso.go:188] [\"system time may be incorrect\"]"},
        {"[ERROR] [PD:tso:ErrIncorrectSystemTime]incorrect system time"}}},
      {"hazelcast.jumped",
       "(?:System clock apparently jumped from|huge system clock jump! Clock-Jump:)",
       {{"[127.0.0.1]:5701 [dev] [4.2] System clock apparently jumped from 2026-11-22 11:59:30.000 "
         "to 2026-11-22 10:59:30.000 since last heartbeat (-3600000 ms)"},
        {"Resetting heartbeat timestamps because of huge system clock jump! Clock-Jump: 3600000 "
         "ms, Heartbeat-Timeout: 60000 ms"}}},
      {"snowflake.refuses",
       "Clock moved backwards\\. +Refusing to generate id for ([0-9]+) milliseconds",
       {{"java.lang.RuntimeException: Clock moved backwards.  Refusing to generate id for 59984 "
         "milliseconds",
         59984},
        {"Clock moved backwards. Refusing to generate id for 11 milliseconds", 11}}},
      {"hbase.out_of_sync",
       "ClockOutOfSyncException",
       {{"org.apache.hadoop.hbase.ClockOutOfSyncException: Server rs1 has been rejected; Reported "
         "time is too far out of sync with master."}}},
      {"kerberos.skew", "Clock skew too great", {{"kinit: Clock skew too great in KDC reply"}}},
      {"tls.not_yet_valid",
       "certificate has expired or is not yet valid",
       {{"x509: certificate has expired or is not yet valid: current time 2026-11-22T10:59:30Z is "
         "before 2026-11-22T11:00:00Z"}}},
      {"postgresql.time_later",
       "is later than backend local time",
       {{"stats collector's time 2026-11-22 11:59:30.1+00 is later than backend local time "
         "2026-11-22 10:59:30.1+00"}}},
      {"prometheus.out_of_order",
       "sample timestamp out of order",
       {{"level=warn msg=\"sample timestamp out of order\""}}},
  };
}

inline std::vector<LogLiteral> log_literals() {
  std::vector<LogLiteral> all = dovecot_literals();
  for (const auto& more : {time_daemon_literals(), victim_literals()})
    all.insert(all.end(), more.begin(), more.end());
  return all;
}

}  // namespace slewd::rules
