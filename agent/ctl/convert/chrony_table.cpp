// SPDX-License-Identifier: Apache-2.0
// What chrony.conf can have (chrony 4.8; also directives of former versions).
#include <array>

#include "agent/ctl/convert/inputs.hpp"
#include "agent/ctl/convert/target_keys.hpp"

namespace slewd::app::convert {
namespace {

using enum Fate;

constexpr std::string_view kNoStamps = "slewd uses the kernel's time stamps, not those of hardware";
constexpr std::string_view kOfHwtimestamp = "it belongs to hwtimestamp";
constexpr std::string_view kNoRtc = "slewd does not measure the battery clock";
constexpr std::string_view kRtcsync =
    "the kernel writes the synchronized time to it every 11 minutes";
constexpr std::string_view kOfRtcfile = "it belongs to rtcfile, which slewd does not have";
constexpr std::string_view kNoNtsServer = "it belongs to the NTS server, and slewd serves no time";
constexpr std::string_view kOfSocket = "slewctl asks slewd through a unix socket (control_socket)";
constexpr std::string_view kOfRemote = "there are no remote commands";
constexpr std::string_view kNtsAgain = "slewd asks for new NTS cookies when it needs them";
constexpr std::string_view kOldName = "it has no effect in present versions of chrony";
constexpr std::string_view kPlannedStep = "'slewctl step --to-true' sets the clock to true time";

constexpr std::array<Directive, 100> kDirectives{{
    // sources
    {"server"},
    {"pool"},
    {"peer"},
    {"initstepslew"},
    {"refclock"},
    {"manual", lost, "slewd follows its sources only", kPlannedStep},
    {"acquisitionport"},
    {"bindacqaddress"},
    {"bindacqdevice"},
    {"dscp"},
    {"dumpdir", implied, "slewd measures anew after a start; the frequency is in its drift file"},
    {"dumponexit", implied,
     "slewd measures anew after a start; the frequency is in its drift file"},
    {"maxsamples", implied, kOwnEstimator},
    {"minsamples", implied, kOwnEstimator},
    {"ntsaeads", implied, "slewd negotiates the algorithm with the server"},
    {"ntscachedir", implied, kNtsAgain},
    {"ntsdumpdir", implied, kNtsAgain},
    {"ntsrefresh", implied, kNtsAgain},
    {"ntstrustedcerts"},
    {"nosystemcert"},
    {"nocerttimecheck", lost, "slewd always checks the times of certificates",
     "set the clock once before the first start, or raise nts.expired_tolerance"},
    {"refresh", implied, "slewd looks up a name again when its server fails"},
    // selection
    {"authselectmode"},
    {"combinelimit", implied, kOwnSelection},
    {"maxdistance"},
    {"maxjitter", implied, kOwnSelection},
    {"maxstratum", lost, "slewd refuses stratum 16 only", "name servers of the stratum wanted"},
    {"minstratum", lost, "slewd refuses stratum 16 only", "name servers of the stratum wanted"},
    {"minsources"},
    {"reselectdist", implied, kOwnSelection},
    {"stratumweight", implied, kOwnSelection},
    // the clock
    {"clockprecision", implied, kOwnEstimator},
    {"corrtimeratio", implied, "slewd corrects each offset at the rates of steering"},
    {"driftfile", implied, kDriftFile},
    {"fallbackdrift", implied, "slewd holds the last frequency while no server answers (Holdover)"},
    {"leapsecmode"},
    {"leapsectz"},
    {"leapseclist"},
    {"makestep"},
    {"maxchange"},
    {"maxclockerror", implied, kOwnEstimator},
    {"maxdrift"},
    {"maxslewrate"},
    {"maxupdateskew", implied, "slewd weighs each frequency by its uncertainty"},
    {"tempcomp", lost, "slewd has no compensation of temperature",
     "a shorter poll follows the temperature"},
    // a server
    {"allow", lost, kNoServer, kBeside},
    {"deny", implied, kNoServer},
    {"bindaddress", implied, kNoServer},
    {"binddevice", implied, kNoServer},
    {"broadcast", lost, kNoServer, kBeside},
    {"clientloglimit", implied, kNoClients},
    {"noclientlog", implied, kNoClients},
    {"local", lost, kNoServer, kBeside},
    {"ntpsigndsocket", lost, kNoServer, kBeside},
    {"ntsport", lost, kNoNtsServer, kBeside},
    {"ntsservercert", lost, kNoNtsServer, kBeside},
    {"ntsserverkey", lost, kNoNtsServer, kBeside},
    {"ntsprocesses", implied, kNoNtsServer},
    {"maxntsconnections", implied, kNoNtsServer},
    {"ntsntpserver", lost, kNoNtsServer, kBeside},
    {"ntsrotate", implied, kNoNtsServer},
    {"ntsratelimit", implied, kNoClients},
    {"port"},
    {"ratelimit", implied, kNoClients},
    {"smoothtime", lost, kNoServer, kBeside},
    // commands
    {"bindcmdaddress"},
    {"bindcmddevice", implied, kOfRemote},
    {"cmdallow"},
    {"cmddeny", implied, kOfRemote},
    {"cmdport", implied, kOfRemote},
    {"cmdratelimit", implied, kOfRemote},
    {"opencommands", lost, kOfSocket, "listen serves state and metrics, over HTTP and read-only"},
    {"commandkey", implied, kOldName},
    {"generatecommandkey", implied, kOldName},
    // the battery clock
    {"hwclockfile", implied, kOfRtcfile},
    {"rtcautotrim", lost, kNoRtc, kRtcsync},
    {"rtcdevice", implied, kOfRtcfile},
    {"rtcfile", lost, kNoRtc, kRtcsync},
    {"rtconutc", implied, kOfRtcfile},
    {"rtcsync", implied,
     "slewd keeps the kernel's flag that the clock is synchronized, with which the kernel writes "
     "the "
     "battery clock every 11 minutes"},
    // logs
    {"log", lost, kNoLogFiles, kTraceFile},
    {"logbanner", implied, "it belongs to log, which slewd does not have"},
    {"logchange", implied, "slewd logs each jump and each step, whatever made it (jumps.floor)"},
    {"logdir", implied, "it belongs to log, which slewd does not have"},
    {"mailonchange", lost, "slewd sends no mail",
     "a rule with a notice or a webhook (docs/rules.md)"},
    // files
    {"confdir"},
    {"sourcedir"},
    {"include"},
    {"keyfile"},
    // the process
    {"hwtimestamp", lost, kNoStamps},
    {"hwtstimeout", implied, kOfHwtimestamp},
    {"maxtxbuffers", implied, kOfHwtimestamp},
    {"lock_all", lost, "slewd does not lock its memory",
     "MemorySwapMax=0 in a drop-in of slewd.service keeps it out of the swap"},
    {"pidfile", implied, kSystemd},
    {"ptpport", lost, "slewd has no NTP over PTP", "the server's NTP port"},
    {"ptpdomain", implied, "it belongs to ptpport"},
    {"sched_priority", lost, "slewd has no priority of its own",
     "CPUSchedulingPolicy= and CPUSchedulingPriority= in a drop-in of slewd.service"},
    {"user", implied, "slewd runs as its own user (user)"},
    {"linux_hz", implied, kOldName},
    {"linux_freq_scale", implied, kOldName},
}};

constexpr std::string_view kNoInterleaved = "slewd asks in the basic mode";

constexpr std::array<SourceOption, 36> kSourceOptions{{
    {"minpoll", OptionKind::special, true},
    {"maxpoll", OptionKind::special, true},
    {"iburst", OptionKind::flag, false, "iburst"},
    {"burst", OptionKind::none, false, {}, 0, 0, lost, kBurst, "a shorter poll"},
    {"key", OptionKind::special, true},
    {"nts", OptionKind::special},
    {"certset", OptionKind::special, true},
    {"maxdelay", OptionKind::seconds, true, "max_delay", 0.001, 16},
    {"maxdelayratio", OptionKind::number, true, "max_delay_ratio", 1.1, 1000},
    {"maxdelaydevratio", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"maxdelayquant",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd has no quantiles of the delay",
     "max_delay_ratio or max_delay"},
    {"mindelay", OptionKind::seconds, true, "min_delay", 0, 16},
    {"asymmetry", OptionKind::number, true, "asymmetry", -0.5, 0.5},
    {"offset", OptionKind::seconds, true, "offset", -86400, 86400},
    {"minsamples", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"maxsamples", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"maxunreach", OptionKind::none, true, {}, 0, 0, implied, kOwnSelection},
    {"filter", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"offline", OptionKind::flag, false, keys::kOffline},
    {"auto_offline",
     OptionKind::none,
     false,
     {},
     0,
     0,
     implied,
     "slewd asks again by itself when the network is back"},
    {"prefer", OptionKind::flag, false, "prefer"},
    {"noselect", OptionKind::flag, false, "noselect"},
    {"trust", OptionKind::flag, false, "trust"},
    {"require", OptionKind::flag, false, "require"},
    {"xleave", OptionKind::none, false, {}, 0, 0, lost, kNoInterleaved},
    {"polltarget",
     OptionKind::none,
     true,
     {},
     0,
     0,
     implied,
     "slewd chooses within the poll range in its own way"},
    {"port", OptionKind::special, true},
    {"ntsport", OptionKind::special, true},
    {"presend",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd sends no packet ahead of a request",
     "a shorter poll keeps the neighbour table filled"},
    {"minstratum",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd does not count a source as one of a higher stratum",
     "\"prefer\": true at the other sources"},
    {"version", OptionKind::whole, true, "version", 1, 4},
    {"copy", OptionKind::none, false, {}, 0, 0, implied, kNoServer},
    {"extfield",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd sends no extension fields of chrony"},
    {"ipv4", OptionKind::special},
    {"ipv6", OptionKind::special},
    {"maxsources", OptionKind::special, true},
}};

constexpr std::string_view kPps = "slewd reads no pulses (PPS)";

constexpr std::array<SourceOption, 23> kClockOptions{{
    {"poll", OptionKind::special, true},
    {"dpoll", OptionKind::none, true, {}, 0, 0, implied, "slewd reads the clock at each poll"},
    {"refid", OptionKind::special, true},
    {"lock", OptionKind::none, true, {}, 0, 0, lost, kPps},
    {"rate", OptionKind::none, true, {}, 0, 0, lost, kPps},
    {"maxlockage", OptionKind::none, true, {}, 0, 0, lost, kPps},
    {"width", OptionKind::none, true, {}, 0, 0, lost, kPps},
    {"pps", OptionKind::none, false, {}, 0, 0, lost, kPps, "\"tai\": true where the clock has TAI"},
    {"offset", OptionKind::seconds, true, "offset", -86400, 86400},
    {"delay",
     OptionKind::none,
     true,
     {},
     0,
     0,
     lost,
     "slewd does not take the error of the clock from it",
     "the error bound of the clock"},
    {"stratum", OptionKind::none, true, {}, 0, 0, implied, kOwnSelection},
    {"precision", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"maxdispersion", OptionKind::none, true, {}, 0, 0, implied, kOwnSelection},
    {"filter", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"prefer", OptionKind::flag, false, "prefer"},
    {"noselect", OptionKind::flag, false, "noselect"},
    {"trust", OptionKind::flag, false, "trust"},
    {"require", OptionKind::flag, false, "require"},
    {"tai", OptionKind::flag, false, keys::kTai},
    {"local",
     OptionKind::none,
     false,
     {},
     0,
     0,
     lost,
     "slewd has no clock that stabilizes another one"},
    {"minsamples", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"maxsamples", OptionKind::none, true, {}, 0, 0, implied, kOwnEstimator},
    {"maxunreach", OptionKind::none, true, {}, 0, 0, implied, kOwnSelection},
}};

}  // namespace

std::span<const Directive> chrony_directives() { return kDirectives; }
std::span<const SourceOption> chrony_source_options() { return kSourceOptions; }
std::span<const SourceOption> chrony_clock_options() { return kClockOptions; }

}  // namespace slewd::app::convert
