// SPDX-License-Identifier: Apache-2.0
// chrony.conf: one directive in a line; a comment begins with '#', '!', ';' or '%'.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <linux/limits.h>
#include <net/if.h>

#include "agent/ctl/convert/inputs.hpp"
#include "agent/ctl/convert/target_keys.hpp"
#include "agent/os/net/endpoint.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app::convert {
namespace {

using namespace std::chrono_literals;
using Words = std::span<const std::string_view>;

constexpr Draft::PollRange kUsualPolls{6, 10};
constexpr double kUsualMaxSlew = 500;  // ppm, steering.max_slew
// Limits of slewd in ppm.
constexpr double kGreatestSlewPpm = 1e5;
constexpr double kLeastSlewPpm = 1;
constexpr double kLeastMaxFrequency = 500;

struct ChronyAuthority {
  SourceLine line;
  std::string path;
};

// What concerns all sources, and what a later line can still change.
struct ChronyShared {
  std::string bind_ipv4;
  std::string bind_ipv6;
  std::string bind_device;
  std::optional<std::int64_t> dscp;
  std::optional<SourceLine> key_file_line;
  std::string key_file;
  std::map<std::int64_t, ChronyAuthority> authorities;  // by number of the set
  std::map<const DraftSource*, std::int64_t> authority_sets;
  bool no_system_authorities = false;
  std::string authentication;
  SourceLine authentication_line;
};

std::optional<std::int64_t> whole_in(std::string_view text, std::int64_t low, std::int64_t high) {
  const auto value = whole_number(text);
  return value && *value >= low && *value <= high ? value : std::nullopt;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address.starts_with("::1") || address == "localhost";
}

class ChronyConverter {
 public:
  ChronyConverter(Inputs& inputs, Draft& draft) : inputs_(inputs), draft_(draft) {}

  void read(const NamedText& file);
  void finish();

 private:
  using Handler = void (ChronyConverter::*)(Words);
  struct Named {
    std::string_view word;
    Handler handler;
  };
  static Handler handler_of(std::string_view word);

  void directive(Words words);
  void source(SourceKind kind, Words words);
  bool source_option(DraftSource& source, std::string_view word, std::string_view value);
  void clock(DraftSource* source, Words options);
  // Whether there was a file.
  bool files(const std::string& pattern);
  void step_at_startup(double threshold);

  void server(Words words) { source(SourceKind::server, words); }
  void pool(Words words) { source(SourceKind::pool, words); }
  void peer(Words words);
  void initstepslew(Words words);
  void refclock(Words words);
  void acquisitionport(Words words);
  void bindacqaddress(Words words);
  void bindacqdevice(Words words);
  void dscp(Words words);
  void ntstrustedcerts(Words words);
  void nosystemcert(Words words);
  void authselectmode(Words words);
  void maxdistance(Words words);
  void minsources(Words words);
  void leapsecmode(Words words);
  void leapsectz(Words words);
  void leapseclist(Words words);
  void makestep(Words words);
  void maxchange(Words words);
  void maxdrift(Words words);
  void maxslewrate(Words words);
  void port(Words words);
  void bindcmdaddress(Words words);
  void cmdallow(Words words);
  void confdir(Words words);
  void sourcedir(Words words);
  void include(Words words);
  void keyfile(Words words);

  void apply_bind(DraftSource& source) const;
  void apply_authorities();
  void apply_keys();
  void apply_authentication();

  Inputs& inputs_;
  Draft& draft_;
  ChronyShared shared_;
  Draft::PollRange poll_;  // of the source that is being read
  int depth_ = 0;
};

ChronyConverter::Handler ChronyConverter::handler_of(std::string_view word) {
  using Self = ChronyConverter;
  static constexpr std::array<Named, 28> kHandlers{{{"server", &Self::server},
                                                    {"pool", &Self::pool},
                                                    {"peer", &Self::peer},
                                                    {"initstepslew", &Self::initstepslew},
                                                    {"refclock", &Self::refclock},
                                                    {"acquisitionport", &Self::acquisitionport},
                                                    {"bindacqaddress", &Self::bindacqaddress},
                                                    {"bindacqdevice", &Self::bindacqdevice},
                                                    {"dscp", &Self::dscp},
                                                    {"ntstrustedcerts", &Self::ntstrustedcerts},
                                                    {"nosystemcert", &Self::nosystemcert},
                                                    {"authselectmode", &Self::authselectmode},
                                                    {"maxdistance", &Self::maxdistance},
                                                    {"minsources", &Self::minsources},
                                                    {"leapsecmode", &Self::leapsecmode},
                                                    {"leapsectz", &Self::leapsectz},
                                                    {"leapseclist", &Self::leapseclist},
                                                    {"makestep", &Self::makestep},
                                                    {"maxchange", &Self::maxchange},
                                                    {"maxdrift", &Self::maxdrift},
                                                    {"maxslewrate", &Self::maxslewrate},
                                                    {"port", &Self::port},
                                                    {"bindcmdaddress", &Self::bindcmdaddress},
                                                    {"cmdallow", &Self::cmdallow},
                                                    {"confdir", &Self::confdir},
                                                    {"sourcedir", &Self::sourcedir},
                                                    {"include", &Self::include},
                                                    {"keyfile", &Self::keyfile}}};
  const auto found = std::ranges::find(kHandlers, word, &Named::word);
  return found == kHandlers.end() ? nullptr : found->handler;
}

void ChronyConverter::read(const NamedText& file) {
  std::size_t number = 0;
  for (const std::string_view text : split(file.text, '\n')) {
    ++number;
    const auto words = words_of(text);
    if (words.empty() || std::string_view("#!;%").find(words[0][0]) != std::string_view::npos)
      continue;
    draft_.at(source_line(file.name, number, text));
    directive(words);
  }
}

void ChronyConverter::directive(Words words) {
  const Directive* known = find(chrony_directives(), words[0]);
  if (known == nullptr)
    return draft_.lost("this directive is not one of chrony 4.8" +
                           convert::suggestion(chrony_directives(), words[0]),
                       "look it up in the manual of your chrony");
  if (draft_.by_fate(known->fate, known->reason, known->cure, "")) return;
  const Handler handler = handler_of(known->word);
  if (handler != nullptr) (this->*handler)(words.subspan(1));
}

// Sources.

void ChronyConverter::source(SourceKind kind, Words words) {
  if (words.empty()) return draft_.unreadable("a source without a name");
  std::uint16_t port = 123;
  for (std::size_t i = 1; i + 1 < words.size(); ++i)
    if (lower(words[i]) == "port")
      port = static_cast<std::uint16_t>(whole_in(words[i + 1], 1, 65535).value_or(123));
  DraftSource* source = draft_.add_source(kind, words[0], port);
  if (source == nullptr) return;
  poll_ = {};
  draft_.read_options(*source, words.subspan(1), chrony_source_options(),
                      [&](DraftSource& read, std::string_view word, std::string_view value) {
                        return source_option(read, word, value);
                      });
  draft_.set_poll(*source, poll_, kUsualPolls);
}

bool ChronyConverter::source_option(DraftSource& source, std::string_view word,
                                    std::string_view value) {
  const auto read = [&](std::int64_t low, std::int64_t high) { return whole_in(value, low, high); };
  if (word == "nts") {
    source.nts = true;
    return true;
  }
  if (word == "ipv4" || word == "ipv6") return draft_.set_family(source, word == "ipv6");
  if (word == "minpoll") return (poll_.minimum = read(-32, 32)).has_value();
  if (word == "maxpoll") return (poll_.maximum = read(-32, 32)).has_value();
  if (word == "port") return read(1, 65535).has_value();  // read before
  if (word == "key") return draft_.set_key(source, value);
  if (word == "maxsources") return draft_.set_members(source, value);
  if (word == "ntsport") {
    source.nts_port = static_cast<std::uint16_t>(read(1, 65535).value_or(0));
    return source.nts_port != 0;
  }
  const auto set = read(0, UINT32_MAX);
  if (word == "certset" && set) shared_.authority_sets[&source] = *set;
  return set.has_value();
}

void ChronyConverter::peer(Words words) {
  draft_.lost("slewd asks this host as a server; it gives no time back", kBeside);
  source(SourceKind::server, words);
}

void ChronyConverter::refclock(Words words) {
  if (words.size() < 2 || !is_plain(words[1], PATH_MAX - 1))
    return draft_.unreadable("a clock without its parameter");
  const std::string driver = lower(words[0]);
  const std::string_view device = words[1].substr(0, words[1].find(':'));
  const std::string_view of_driver = words[1].substr(device.size());
  const bool pulses = of_driver.find(":extpps") != std::string_view::npos ||
                      std::ranges::find(words, "pps") != words.end();
  if (pulses) return draft_.lost("slewd reads no pulses (PPS)", "a source that has the full time");
  if (driver == "phc" && !device.starts_with('/'))
    return draft_.lost(
        "slewd takes the path of a PTP clock, not an interface",
        "the clock that 'ethtool -T " + std::string(device) + "' lists: {\"phc\": \"/dev/ptp0\"}");
  if (of_driver.find(":nocrossts") != std::string_view::npos)
    draft_.lost("slewd takes the best way that the driver offers (nocrossts)");
  if (driver == "phc")
    clock(draft_.add_clock(keys::kClockPhc, device), words.subspan(2));
  else if (driver == "sock")
    clock(draft_.add_clock(keys::kClockSock, device), words.subspan(2));
  else if (driver == "shm" && whole_in(device, 0, 255))
    clock(draft_.add_clock(keys::kClockShm, device), words.subspan(2));
  else
    draft_.lost("slewd has no such reference clock", "phc, sock or shm");
}

void ChronyConverter::clock(DraftSource* source, Words options) {
  if (source == nullptr) return;
  poll_ = {};
  draft_.read_options(*source, options, chrony_clock_options(),
                      [&](DraftSource& read, std::string_view word, std::string_view value) {
                        if (word == "refid") return Draft::set_name(read, value);
                        const auto poll = whole_in(value, -32, 32);
                        poll_ = {poll, poll};
                        return poll.has_value();
                      });
  draft_.set_poll(*source, poll_, poll_);
}

void ChronyConverter::acquisitionport(Words words) {
  if (words.size() == 1 && words[0] == "0")
    return draft_.implied("slewd sends each request from a new port");
  draft_.lost("slewd sends each request from a new, random port (RFC 9109)",
              "a firewall that lets answers from port 123 in");
}

void ChronyConverter::bindacqaddress(Words words) {
  const auto address =
      words.size() == 1 ? os::parse_numeric(words[0], 0) : fail(ErrorCode::invalid, "no address");
  if (!address) return draft_.unreadable("bindacqaddress");
  (address->ipv6 ? shared_.bind_ipv6 : shared_.bind_ipv4) = words[0];
  draft_.implied("bind_address of the sources of this family has it");
}

void ChronyConverter::bindacqdevice(Words words) {
  if (words.size() != 1 || !is_plain(words[0], IFNAMSIZ - 1))
    return draft_.unreadable("bindacqdevice");
  shared_.bind_device = words[0];
  draft_.implied("bind_device of each source has it");
}

void ChronyConverter::dscp(Words words) {
  shared_.dscp = words.size() == 1 ? whole_in(words[0], 0, 63) : std::nullopt;
  if (!shared_.dscp) return draft_.unreadable("dscp");
  draft_.implied("dscp of each source has it");
}

void ChronyConverter::apply_bind(DraftSource& source) const {
  const auto numeric = os::parse_numeric(source.host, 0);
  const bool free = !numeric && source.family.empty();
  const bool ipv6 = numeric ? numeric->ipv6 : source.family == "ipv6";
  std::string address = ipv6 ? shared_.bind_ipv6 : shared_.bind_ipv4;
  if (free && address.empty()) address = shared_.bind_ipv6;
  if (free && !shared_.bind_ipv4.empty() && !shared_.bind_ipv6.empty())
    source.remarks.emplace_back("a source has one bind_address: here that of IPv4");
  if (!address.empty()) source.set("bind_address", quoted(address));
  if (!shared_.bind_device.empty()) source.set("bind_device", quoted(shared_.bind_device));
  if (shared_.dscp && *shared_.dscp != 0) source.set("dscp", std::to_string(*shared_.dscp));
}

// Authentication.

void ChronyConverter::keyfile(Words words) {
  shared_.key_file_line = draft_.line();
  shared_.key_file = words.size() == 1 ? words[0] : "";
}

void ChronyConverter::apply_keys() {
  if (!shared_.key_file_line) return;
  draft_.at(*shared_.key_file_line);
  if (std::ranges::any_of(draft_.sources(), &DraftSource::keyed))
    draft_.set_path(keys::kKeysFile, std::array{std::string_view(shared_.key_file)});
  else
    draft_.implied("no source has a key");
}

void ChronyConverter::ntstrustedcerts(Words words) {
  const auto set = words.size() == 2 ? whole_in(words[0], 0, UINT32_MAX) : std::optional{0L};
  if (words.empty() || words.size() > 2 || !set || !is_plain(words.back(), PATH_MAX - 1))
    return draft_.unreadable("ntstrustedcerts");
  shared_.authorities[*set] = {draft_.line(), std::string(words.back())};
}

void ChronyConverter::nosystemcert(Words) {
  shared_.no_system_authorities = true;
  draft_.implied("slewd trusts the file of nts.ca alone, where a source has one");
}

void ChronyConverter::apply_authorities() {
  std::set<std::int64_t> used;
  for (DraftSource& source : draft_.sources()) {
    if (!source.nts) continue;
    const auto set = shared_.authority_sets.find(&source);
    const std::int64_t number = set == shared_.authority_sets.end() ? 0 : set->second;
    const auto authority = shared_.authorities.find(number);
    if (authority == shared_.authorities.end()) continue;
    source.nts_authority = authority->second.path;
    used.insert(number);
  }
  for (const auto& [number, authority] : shared_.authorities) {
    draft_.at(authority.line);
    if (!used.contains(number))
      draft_.implied("no source with NTS uses it");
    else if (number == 0 && !shared_.no_system_authorities)
      draft_.lost("slewd trusts the file of nts.ca alone, without the system's authorities",
                  "add the authorities that the servers need to this file");
    else
      draft_.implied("nts.ca of the sources has it");
  }
}

void ChronyConverter::authselectmode(Words words) {
  shared_.authentication = words.size() == 1 ? lower(words[0]) : "";
  shared_.authentication_line = draft_.line();
  constexpr std::array<std::string_view, 4> kModes{"require", "prefer", "mix", "ignore"};
  if (std::ranges::find(kModes, shared_.authentication) != kModes.end()) return;
  shared_.authentication.clear();
  draft_.unreadable("authselectmode");
}

// chrony's prefer takes authenticated sources alone as soon as there is one; its mix is what slewd
// calls prefer.
void ChronyConverter::apply_authentication() {
  std::string mode = shared_.authentication;
  if (mode.empty()) return;
  const bool any = std::ranges::any_of(draft_.sources(), &DraftSource::is_authenticated);
  std::string remark;
  if (mode == "prefer") {
    mode = any ? "require" : "ignore";
    remark = any ? "sources without authentication are not selected, since others have it"
                 : "no source has authentication";
  } else if (mode == "mix") {
    mode = "prefer";
  }
  draft_.at(shared_.authentication_line);
  draft_.set("selection", keys::kAuthenticated, quoted(mode), remark);
}

// Selection and the clock.

void ChronyConverter::maxdistance(Words words) {
  const auto distance = words.size() == 1 ? number(words[0]) : std::nullopt;
  if (!distance) return draft_.unreadable("maxdistance");
  draft_.set("selection", "max_distance",
             json_of(draft_.within("maxdistance", *distance, 1ms, 16s)));
}

void ChronyConverter::minsources(Words words) {
  const auto least = words.size() == 1 ? whole_in(words[0], 1, 1000) : std::nullopt;
  if (!least) return draft_.unreadable("minsources");
  draft_.set("selection", "min_sources", std::to_string(*least));
}

void ChronyConverter::leapsecmode(Words words) {
  const std::string mode = words.size() == 1 ? lower(words[0]) : "";
  if (mode == "system" || mode == "step")
    draft_.set("", "leap", quoted("kernel"),
               mode == "step" ? "the kernel makes the step, not the daemon" : "");
  else if (mode == "slew" || mode == "ignore")
    draft_.set("", "leap", quoted(mode));
  else
    draft_.unreadable("leapsecmode");
}

void ChronyConverter::leapsectz(Words) {
  draft_.implied("slewd reads leap_list of tzdata for leap seconds and the TAI offset");
}

void ChronyConverter::leapseclist(Words words) { draft_.set_path("leap_list", words); }

void ChronyConverter::step_at_startup(double threshold) {
  draft_.set("step", "at_startup", quoted("any"));
  draft_.set("step", "threshold",
             json_of(draft_.within("threshold of a step", threshold, 1ms, 24h * 365)));
}

void ChronyConverter::makestep(Words words) {
  const auto threshold = words.size() == 2 ? number(words[0]) : std::nullopt;
  const auto limit = words.size() == 2 ? whole_number(words[1]) : std::nullopt;
  if (!threshold || !limit) return draft_.unreadable("makestep");
  if (*limit == 0) return draft_.set("step", "at_startup", quoted("never"));
  step_at_startup(*threshold);
  if (*limit > 0) return;
  draft_.set("jumps", "after_pause", quoted("step_forward"));
  draft_.lost(
      "slewd steps at the start and after a pause of the machine, at no other time (limit " +
          std::string(words[1]) + ")",
      "larger offsets are slewed; 'slewctl step --to-true' or a rule makes a planned step");
}

void ChronyConverter::initstepslew(Words words) {
  const auto threshold = words.empty() ? std::nullopt : number(words[0]);
  if (!threshold) return draft_.unreadable("initstepslew");
  step_at_startup(*threshold);
  if (words.size() > 1)
    draft_.implied("slewd steps by its configured sources; servers of this line are not asked");
}

void ChronyConverter::maxchange(Words words) {
  const auto offset = words.size() == 3 ? number(words[0]) : std::nullopt;
  if (!offset) return draft_.unreadable("maxchange");
  draft_.set("phase", "panic", json_of(draft_.within("maxchange", *offset, 1s, 24h * 365)),
             "beyond it slewd goes into Alarm; it does not exit");
}

void ChronyConverter::maxdrift(Words words) {
  const auto rate = words.size() == 1 ? number(words[0]) : std::nullopt;
  if (!rate) return draft_.unreadable("maxdrift");
  draft_.set("steering", "max_frequency",
             json_ppm(draft_.within("maxdrift", *rate, kLeastMaxFrequency, kGreatestSlewPpm)));
}

void ChronyConverter::maxslewrate(Words words) {
  const auto rate = words.size() == 1 ? number(words[0]) : std::nullopt;
  if (!rate) return draft_.unreadable("maxslewrate");
  const double taken = draft_.within("maxslewrate", *rate, kLeastSlewPpm, kGreatestSlewPpm);
  if (taken < kUsualMaxSlew) draft_.set("steering", "max_slew", json_ppm(taken));
  draft_.set("steering", "large_offset_slew", json_ppm(taken));
}

// Services to others.

void ChronyConverter::port(Words words) {
  if (words.size() == 1 && words[0] == "0") return draft_.implied(kNoServer);
  draft_.lost(kNoServer, kBeside);
}

void ChronyConverter::bindcmdaddress(Words words) {
  if (words.size() == 1 && (words[0].starts_with('/') || is_loopback(words[0])))
    return draft_.implied("slewctl asks slewd through a unix socket (control_socket)");
  draft_.lost("slewctl asks slewd through a unix socket, not over the network",
              "listen serves state and metrics, over HTTP and read-only");
}

void ChronyConverter::cmdallow(Words words) {
  if (!words.empty() && is_loopback(words.back()))
    return draft_.implied("slewctl asks slewd through a unix socket (control_socket)");
  draft_.lost("slewctl asks slewd through a unix socket, not over the network",
              "listen serves state and metrics, over HTTP and read-only");
}

// Files.

bool ChronyConverter::files(const std::string& pattern) {
  const SourceLine here = draft_.line();
  if (depth_ >= limits::kConvertDepth) {
    draft_.lost("files name each other more than " + std::to_string(limits::kConvertDepth) +
                " levels deep");
    return true;
  }
  auto matching = inputs_.matching(pattern);
  if (!matching) {
    draft_.lost("cannot read " + pattern + ": " + matching.error().describe(),
                "convert it where it can be read");
    return true;
  }
  ++depth_;
  for (const NamedText& each : *matching) read(each);
  --depth_;
  draft_.at(here);
  if (!matching->empty()) draft_.implied("the lines of its files are converted with this file");
  return !matching->empty();
}

void ChronyConverter::include(Words words) {
  if (words.size() != 1) return draft_.unreadable("include");
  if (!files(std::string(words[0])))
    draft_.lost("there is no such file here", "convert it where it is");
}

void ChronyConverter::confdir(Words words) {
  if (words.empty()) return draft_.unreadable("confdir");
  for (const std::string_view folder : words)
    if (!files(std::string(folder) + "/*.conf"))
      draft_.implied("there is no file *.conf in " + std::string(folder) + " here");
}

void ChronyConverter::sourcedir(Words words) {
  if (words.empty()) return draft_.unreadable("sourcedir");
  for (const std::string_view folder : words) {
    // Filled by hooks of the DHCP clients.
    if (folder.find("dhcp") != std::string_view::npos) {
      draft_.set("", keys::kSourcesFrom, "[" + quoted(keys::kDhcp) + "]");
      continue;
    }
    (void)files(std::string(folder) + "/*.sources");
    draft_.set("", keys::kSourcesFolders, "[" + quoted(keys::kSourcesFolder) + "]",
               "for files of slewd's own; those that are now in " + std::string(folder) +
                   " are converted above");
  }
}

void ChronyConverter::finish() {
  for (DraftSource& source : draft_.sources())
    if (source.kind != SourceKind::clock) apply_bind(source);
  apply_authorities();
  apply_keys();
  apply_authentication();
}

}  // namespace

Result<void> convert_chrony(Inputs& inputs, Draft& draft) {
  ChronyConverter converter(inputs, draft);
  converter.read(inputs.file());
  converter.finish();
  return {};
}

}  // namespace slewd::app::convert
