// SPDX-License-Identifier: Apache-2.0
// What ntp.conf can have (ntpsec 1.2; what ntpd 4.2 has besides).
#include <array>

#include "agent/ctl/convert/inputs.hpp"

namespace slewd::app::convert {
namespace {

using enum Fate;

constexpr std::string_view kNoBroadcast = "slewd asks servers; it does not wait for broadcasts";
constexpr std::string_view kNameServers = "name servers or a pool";
constexpr std::string_view kNoNtpq = "it is for ntpq; slewctl asks slewd through a unix socket";
constexpr std::string_view kNoAutokey =
    "slewd has no Autokey, which is broken (RFC 8633 section 4.2)";
constexpr std::string_view kUseNts = "NTS, or symmetric keys";
constexpr std::string_view kNoModem = "slewd has no clocks with a modem";
constexpr std::string_view kTrusted = "each key that a source names is trusted";
constexpr std::string_view kOfStatistics = "it belongs to statistics, which slewd does not have";
constexpr std::string_view kOnlyAtRunTime = "it is a command for a running ntpd";

constexpr std::array<Directive, 65> kNtpDirectives{{
    // sources
    {"server"},
    {"pool"},
    {"peer"},
    {"refclock"},
    {"fudge"},
    {"unpeer", lost, kOnlyAtRunTime, "leave the server out"},
    {"unconfig", lost, kOnlyAtRunTime, "leave the server out"},
    {"broadcast", lost, kNoServer, kBeside},
    {"broadcastclient", lost, kNoBroadcast, kNameServers},
    {"broadcastdelay", implied, "it belongs to broadcastclient"},
    {"multicastclient", lost, kNoBroadcast, kNameServers},
    {"manycastclient", lost, kNoBroadcast, kNameServers},
    {"manycastserver", lost, kNoServer, kBeside},
    {"mdnstries", implied, "slewd announces no service"},
    {"phone", lost, kNoModem},
    {"calldelay", implied, "it belongs to clocks with a modem"},
    {"ttl", implied, "it belongs to manycastclient"},
    {"dscp"},
    {"qos"},
    // authentication
    {"keys"},
    {"trustedkey", implied, kTrusted},
    {"controlkey", implied, kNoNtpq},
    {"requestkey", implied, kNoNtpq},
    {"keysdir", lost, kNoAutokey, kUseNts},
    {"crypto", lost, kNoAutokey, kUseNts},
    {"automax", lost, kNoAutokey, kUseNts},
    {"revoke", lost, kNoAutokey, kUseNts},
    {"ident", lost, kNoAutokey, kUseNts},
    {"nts"},
    {"ntpsigndsocket", lost, kNoServer, kBeside},
    // who may ask
    {"restrict"},
    {"unrestrict", implied, kNoServer},
    {"discard", implied, kNoClients},
    {"limit", implied, kNoClients},
    {"mru", implied, kNoClients},
    {"serverresponse", implied, kNoClients},
    // clock and selection
    {"tinker"},
    {"tos"},
    {"tick", lost, "slewd learns the frequency of the clock", "steering.max_frequency"},
    {"disable"},
    {"enable"},
    {"driftfile", implied, kDriftFile},
    {"nonvolatile", implied, kDriftFile},
    {"leapfile"},
    {"leapsmearinterval", lost, kNoServer, kBeside},
    {"pollskewlist", implied, "slewd chooses within the poll range in its own way"},
    // logs
    {"logfile", implied, kLogged},
    {"logconfig", implied, kLogged},
    {"statistics", lost, kNoLogFiles, kTraceFile},
    {"statsdir", implied, kOfStatistics},
    {"filegen", implied, kOfStatistics},
    {"setvar", implied, kNoNtpq},
    {"reset", implied, kNoNtpq},
    {"saveconfigdir", implied, kNoNtpq},
    {"trap", lost, "slewd sends no traps", "a rule with a notice or a webhook (docs/rules.md)"},
    // the process
    {"interface"},
    {"nic"},
    {"port", implied, "slewd sends each request from a new port"},
    {"extra", implied, "slewd sends each request from a new port"},
    {"pidfile", implied, kSystemd},
    {"rlimit", implied, kSystemd},
    {"device", implied, "it is the path of a reference clock's device"},
    {"simulate", lost, "it is for the simulator of ntpd", "slewd-lab simulate"},
    {"includefile"},
    {"end"},
}};

constexpr std::string_view kOfClock = "it is for the driver of a reference clock";

constexpr std::array<SourceOption, 26> kNtpSourceOptions{{
    {"minpoll", OptionKind::special, true},
    {"maxpoll", OptionKind::special, true},
    {"iburst", OptionKind::flag, false, "iburst"},
    {"burst", OptionKind::none, false, {}, 0, 0, lost, kBurst, "a shorter poll"},
    {"prefer", OptionKind::flag, false, "prefer"},
    {"noselect", OptionKind::flag, false, "noselect"},
    {"true", OptionKind::flag, false, "trust"},
    {"preempt", OptionKind::none, false, {}, 0, 0, implied, "slewd replaces a server that fails"},
    {"dynamic",
     OptionKind::none,
     false,
     {},
     0,
     0,
     implied,
     "slewd looks for the host until it is there"},
    {"key", OptionKind::special, true},
    {"version", OptionKind::whole, true, "version", 1, 4},
    {"bias", OptionKind::seconds, true, "offset", -86400, 86400},
    {"autokey", OptionKind::none, false, {}, 0, 0, lost, kNoAutokey, kUseNts},
    {"xleave", OptionKind::none, false, {}, 0, 0, lost, "slewd asks in the basic mode"},
    {"mode", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"subtype", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"ttl", OptionKind::none, true, {}, 0, 0, implied, "it belongs to broadcasts"},
    {"mdnstries", OptionKind::none, true, {}, 0, 0, implied, "slewd announces no service"},
    {"nts", OptionKind::special},
    {"ca", OptionKind::special, true},
    {"ask",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd takes the NTP server that the NTS server names"},
    {"require",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd takes the NTP server that the NTS server names"},
    {"noval",
     OptionKind::none,
     false,
     {},
     0,
     0,
     lost,
     "slewd always checks certificates",
     "\"nts\": {\"ca\": FILE} with the certificate of your authority"},
    {"expire",
     OptionKind::none,
     true,
     {},
     0,
     0,
     implied,
     "slewd asks for new NTS cookies when it needs them"},
    {"cert", OptionKind::none, true, {}, 0, 0, lost, "slewd has no certificate of its own"},
    {"aead",
     OptionKind::none,
     true,
     {},
     0,
     0,
     implied,
     "slewd negotiates the algorithm with the server"},
}};

// Of clocks: after 'fudge ADDRESS' and after 'refclock NAME'.
constexpr std::array<SourceOption, 19> kNtpClockOptions{{
    {"time1", OptionKind::seconds, true, "offset", -86400, 86400},
    {"refid", OptionKind::special, true},
    {"minpoll", OptionKind::special, true},
    {"maxpoll", OptionKind::special, true},
    {"prefer", OptionKind::flag, false, "prefer"},
    {"noselect", OptionKind::flag, false, "noselect"},
    {"true", OptionKind::flag, false, "trust"},
    {"stratum", OptionKind::none, true, {}, 0, 0, implied, kOwnSelection},
    {"time2",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd has no second constant of a clock",
     "time1 (offset)"},
    {"mode", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"subtype", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"path", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"ppspath", OptionKind::none, true, {}, 0, 0, lost, "slewd reads no pulses (PPS)"},
    {"baud", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"flag1", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"flag2", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"flag3", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"flag4", OptionKind::none, true, {}, 0, 0, implied, kOfClock},
    {"unit", OptionKind::special, true},
}};

// Of tinker and tos.
constexpr std::array<Directive, 24> kNtpParameters{{
    {"step"},
    {"stepback"},
    {"stepfwd"},
    {"panic"},
    {"stepout", implied, "slewd confirms a large offset in its own way (phase.spike_watch)"},
    {"dispersion", implied, kOwnEstimator},
    {"allan", implied, kOwnEstimator},
    {"freq", implied, kDriftFile},
    {"huffpuff", lost, "slewd has no filter of the least delay over hours",
     "max_delay_ratio of the sources"},
    {"tick", implied, kOwnEstimator},
    {"minsane"},
    {"maxdist"},
    {"mindist", implied, kOwnSelection},
    {"maxdisp", implied, kOwnSelection},
    {"minclock", implied, kOwnSelection},
    {"maxclock", implied, "members of each pool bounds the number of servers"},
    {"ceiling", lost, "slewd refuses stratum 16 only", "name servers of the stratum wanted"},
    {"floor", lost, "slewd refuses stratum 16 only", "name servers of the stratum wanted"},
    {"cohort", implied, kOwnSelection},
    {"beacon", implied, "it belongs to manycastclient"},
    {"orphan", lost, kNoServer, kBeside},
    {"orphanwait", implied, "it belongs to orphan"},
    {"bcpollbstep", implied, "it belongs to broadcastclient"},
    {"basedate", implied, "slewd believes no time before its build"},
}};

}  // namespace

std::span<const Directive> ntp_directives() { return kNtpDirectives; }
std::span<const SourceOption> ntp_source_options() { return kNtpSourceOptions; }
std::span<const SourceOption> ntp_clock_options() { return kNtpClockOptions; }
std::span<const Directive> ntp_parameters() { return kNtpParameters; }

}  // namespace slewd::app::convert
