// SPDX-License-Identifier: Apache-2.0
// ntp.conf of ntpsec and ntpd: one directive in a line; a word that begins with '#' begins a
// comment.
#include <algorithm>
#include <array>

#include <linux/limits.h>

#include "agent/ctl/convert/inputs.hpp"
#include "agent/ctl/convert/target_keys.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::app::convert {
namespace {

using namespace std::chrono_literals;
using NtpWords = std::span<const std::string_view>;

constexpr Draft::PollRange kNtpPolls{6, 10};
constexpr std::string_view kShmName = "28";   // the driver of shared memory
constexpr std::string_view kLocalName = "1";  // the driver that is no clock
constexpr std::string_view kClocks = "127.127.";
constexpr std::string_view kHoldover =
    "it is no clock: slewd holds the last frequency by itself while no server answers (Holdover)";

class NtpConverter {
 public:
  NtpConverter(Inputs& inputs, Draft& draft) : inputs_(inputs), draft_(draft) {}

  void read(const NamedText& file);
  // Of the folder beside the file that ntpsec reads as well.
  void read_folder();
  void finish();

 private:
  using Handler = void (NtpConverter::*)(NtpWords);
  struct Named {
    std::string_view word;
    Handler handler;
  };
  static Handler handler_of(std::string_view word);

  void directive(NtpWords words);
  void source(SourceKind kind, NtpWords words);
  bool source_option(DraftSource& source, std::string_view word, std::string_view value);
  // A clock of `driver`, a number or a name. `options` are those of the line.
  void clock(std::string_view driver, std::string_view unit, NtpWords options,
             std::span<const SourceOption> table);
  void clock_options(DraftSource& source, NtpWords options, std::span<const SourceOption> table);
  void parameters(NtpWords words, std::string_view of);
  void parameter(std::string_view word, double value);
  void step(double threshold);

  void server(NtpWords words) { source(SourceKind::server, words); }
  void pool(NtpWords words) { source(SourceKind::pool, words); }
  void peer(NtpWords words);
  void refclock(NtpWords words);
  void fudge(NtpWords words);
  void dscp(NtpWords words);
  void key_file(NtpWords words);
  void nts(NtpWords words);
  void restrict_(NtpWords words);
  void tinker(NtpWords words) { parameters(words, "tinker"); }
  void tos(NtpWords words) { parameters(words, "tos"); }
  void disable(NtpWords words);
  void enable(NtpWords words);
  void leapfile(NtpWords words);
  void interface(NtpWords words);
  void includefile(NtpWords words);
  void end(NtpWords words);

  Inputs& inputs_;
  Draft& draft_;
  Draft::PollRange poll_;
  std::optional<std::int64_t> dscp_;
  std::optional<SourceLine> keys_line_;
  std::string keys_file_;
  std::optional<SourceLine> authority_line_;
  std::string authority_;
  int depth_ = 0;
  bool ended_ = false;
};

NtpConverter::Handler NtpConverter::handler_of(std::string_view word) {
  using Self = NtpConverter;
  static constexpr std::array<Named, 19> kHandlers{{{"server", &Self::server},
                                                    {"pool", &Self::pool},
                                                    {"peer", &Self::peer},
                                                    {"refclock", &Self::refclock},
                                                    {"fudge", &Self::fudge},
                                                    {"dscp", &Self::dscp},
                                                    {"qos", &Self::dscp},
                                                    {"keys", &Self::key_file},
                                                    {"nts", &Self::nts},
                                                    {"restrict", &Self::restrict_},
                                                    {"tinker", &Self::tinker},
                                                    {"tos", &Self::tos},
                                                    {"disable", &Self::disable},
                                                    {"enable", &Self::enable},
                                                    {"leapfile", &Self::leapfile},
                                                    {"interface", &Self::interface},
                                                    {"nic", &Self::interface},
                                                    {"includefile", &Self::includefile},
                                                    {"end", &Self::end}}};
  const auto found = std::ranges::find(kHandlers, word, &Named::word);
  return found == kHandlers.end() ? nullptr : found->handler;
}

// Without quotes, and without what follows a '#'.
std::vector<std::string_view> ntp_words(std::string_view line) {
  auto words = words_of(line);
  const auto comment =
      std::ranges::find_if(words, [](std::string_view word) { return word.starts_with('#'); });
  words.erase(comment, words.end());
  for (std::string_view& word : words)
    if (word.size() >= 2 && word.starts_with('"') && word.ends_with('"'))
      word = word.substr(1, word.size() - 2);
  return words;
}

// A password must not be copied.
std::string_view shown(NtpWords words, std::string_view line) {
  return lower(words[0]) == "crypto" ? "crypto ..." : line;
}

void NtpConverter::read(const NamedText& file) {
  std::size_t number = 0;
  for (const std::string_view text : split(file.text, '\n')) {
    ++number;
    const auto words = ntp_words(text);
    if (words.empty()) continue;
    draft_.at(source_line(file.name, number, shown(words, text)));
    if (ended_)
      draft_.implied("ntpd does not read beyond 'end'");
    else
      directive(words);
  }
}

void NtpConverter::read_folder() {
  const std::string pattern = folder_of(inputs_.file().name) + "/ntp.d/*.conf";
  auto files = inputs_.matching(pattern);
  draft_.at({pattern, "(read by ntpsec as well)"});
  if (!files)
    return draft_.lost("cannot read it: " + files.error().describe(),
                       "convert it where it can be read");
  for (const NamedText& each : *files) read(each);
}

void NtpConverter::directive(NtpWords words) {
  const Directive* known = find(ntp_directives(), words[0]);
  if (known == nullptr)
    return draft_.lost("this directive is not one of ntpsec 1.2 or ntpd 4.2" +
                           convert::suggestion(ntp_directives(), words[0]),
                       "look it up in the manual of your ntpd");
  if (draft_.by_fate(known->fate, known->reason, known->cure, "")) return;
  if (const Handler handler = handler_of(known->word)) (this->*handler)(words.subspan(1));
}

// Sources.

void NtpConverter::source(SourceKind kind, NtpWords words) {
  std::optional<bool> ipv6;
  if (!words.empty() && (words[0] == "-4" || words[0] == "-6")) {
    ipv6 = words[0] == "-6";
    words = words.subspan(1);
  }
  if (words.empty()) return draft_.unreadable("a source without a name");
  if (words[0].starts_with(kClocks)) {
    const auto parts = split(words[0], '.');
    if (parts.size() != 4) return draft_.unreadable(words[0]);
    return clock(parts[2], parts[3], words.subspan(1), ntp_source_options());
  }
  std::string_view host = words[0];
  if (host.starts_with('[') && host.find(']') != std::string_view::npos)
    host = host.substr(1, host.find(']') - 1);
  DraftSource* source = draft_.add_source(kind, host);
  if (source == nullptr) return;
  if (ipv6 && !draft_.set_family(*source, *ipv6)) draft_.unreadable(*ipv6 ? "-6" : "-4");
  poll_ = {};
  draft_.read_options(*source, words.subspan(1), ntp_source_options(),
                      [&](DraftSource& read, std::string_view word, std::string_view value) {
                        return source_option(read, word, value);
                      });
  draft_.set_poll(*source, poll_, kNtpPolls);
}

bool NtpConverter::source_option(DraftSource& source, std::string_view word,
                                 std::string_view value) {
  if (word == "key") return draft_.set_key(source, value);
  if (word == "nts" || word == "ca") {
    source.nts = true;
    if (word == "nts") return true;
    source.nts_authority = value;
    return is_plain(value, PATH_MAX - 1);
  }
  const auto power = whole_number(value);
  if (!power || *power < 0 || *power > 17) return false;
  (word == "minpoll" ? poll_.minimum : poll_.maximum) = power;
  return true;
}

void NtpConverter::peer(NtpWords words) {
  draft_.lost("slewd asks this host as a server; it gives no time back", kBeside);
  source(SourceKind::server, words);
}

void NtpConverter::clock(std::string_view driver, std::string_view unit, NtpWords options,
                         std::span<const SourceOption> table) {
  if (driver == kLocalName || driver == "local") return draft_.implied(kHoldover);
  if (driver != kShmName && driver != "shm")
    return draft_.lost("slewd has no driver of this clock",
                       "gpsd, which hands over the time in shared memory or by a socket");
  const auto number = whole_number(unit);
  if (!number || *number < 0 || *number > 255) return draft_.unreadable(unit);
  DraftSource* source = draft_.add_clock(keys::kClockShm, std::to_string(*number));
  if (source != nullptr) clock_options(*source, options, table);
}

void NtpConverter::clock_options(DraftSource& source, NtpWords options,
                                 std::span<const SourceOption> table) {
  poll_ = {};
  draft_.read_options(source, options, table,
                      [&](DraftSource& read, std::string_view word, std::string_view value) {
                        if (word == "unit") return true;
                        if (word == "refid") return Draft::set_name(read, value);
                        return source_option(read, word, value);
                      });
  draft_.set_poll(source, poll_, {6, 6});
}

void NtpConverter::refclock(NtpWords words) {
  if (words.empty()) return draft_.unreadable("a clock without its driver");
  const auto at = std::ranges::find(words, "unit");
  const bool has_unit = at != words.end() && at + 1 != words.end();
  clock(lower(words[0]), has_unit ? *(at + 1) : "0", words.subspan(1), ntp_clock_options());
}

void NtpConverter::fudge(NtpWords words) {
  const auto parts = words.empty() ? std::vector<std::string_view>() : split(words[0], '.');
  if (parts.size() != 4) return draft_.unreadable("fudge");
  for (DraftSource& source : draft_.sources()) {
    if (source.kind != SourceKind::clock || parts[2] != kShmName || source.host != parts[3])
      continue;
    clock_options(source, words.subspan(1), ntp_clock_options());
    return draft_.implied("the clock that it is about has its values");
  }
  draft_.implied("the clock that it is about is not converted");
}

void NtpConverter::dscp(NtpWords words) {
  const auto value = words.size() == 1 ? whole_number(words[0]) : std::nullopt;
  if (!value || *value < 0 || *value > 63) return draft_.unreadable("dscp");
  dscp_ = value;
  draft_.implied("dscp of each source has it");
}

// Authentication.

void NtpConverter::key_file(NtpWords words) {
  keys_line_ = draft_.line();
  keys_file_ = words.size() == 1 ? words[0] : "";
}

void NtpConverter::nts(NtpWords words) {
  if (words.empty()) return draft_.unreadable("nts");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = lower(words[i]);
    if (word == "ca" && i + 1 < words.size()) {
      authority_ = words[++i];
      authority_line_ = draft_.line();
    } else if (word == "mintls" || word == "maxtls" || word == "aead" ||
               word == "tlsciphersuites" || word == "tlsecdhcurves" ||
               word == "tlscipherserverpreference") {
      if (word != "tlscipherserverpreference") ++i;
      draft_.implied(word + ": slewd negotiates TLS 1.3 and its algorithms with the server");
    } else if (word == "disable") {
      draft_.implied(word + ": " + std::string(kNoServer));
    } else if (word == "enable" || word == "cert" || word == "key" || word == "cookie" ||
               word == "port") {
      if (word != "enable") ++i;
      draft_.lost(word + ": slewd serves no NTS", kBeside);
    } else {
      draft_.unreadable(words[i]);
    }
  }
}

// Access. slewd does not answer requests, so that every restriction holds.

void NtpConverter::restrict_(NtpWords words) {
  while (!words.empty() && (words[0] == "-4" || words[0] == "-6")) words = words.subspan(1);
  if (words.empty()) return draft_.unreadable("restrict");
  const std::string_view address = words[0];
  constexpr std::array<std::string_view, 4> kAny{"default", "source", "0.0.0.0", "::"};
  const bool shut = std::ranges::any_of(
      words, [](std::string_view flag) { return flag == "ignore" || flag == "noserve"; });
  if (shut || std::ranges::find(kAny, address) != kAny.end() || address.starts_with("127.") ||
      address.starts_with("::1") || address == "localhost")
    return draft_.implied("slewd serves no time and answers no query of ntpq");
  draft_.lost(kNoServer, kBeside);
}

// Clock and selection.

void NtpConverter::parameters(NtpWords words, std::string_view of) {
  if (words.empty()) return draft_.unreadable(of);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const Directive* known = find(ntp_parameters(), words[i]);
    if (known == nullptr) {
      draft_.unreadable(std::string(of) + " " + std::string(words[i]));
      continue;
    }
    if (draft_.by_fate(known->fate, known->reason, known->cure, known->word)) continue;
    const auto value = i + 1 < words.size() ? number(words[i + 1]) : std::nullopt;
    if (value)
      parameter(known->word, *value);
    else
      draft_.unreadable(std::string(of) + " " + std::string(words[i]));
  }
}

void NtpConverter::parameter(std::string_view word, double value) {
  if (word == "minsane") {
    draft_.set("selection", "min_sources",
               json_of(draft_.within(word, value, 1.0, static_cast<double>(limits::kSources))));
  } else if (word == "maxdist") {
    draft_.set("selection", "max_distance", json_of(draft_.within(word, value, 1ms, 16s)));
  } else if (word == "panic" && value == 0) {
    draft_.set("jumps", "after_pause", quoted("step_forward"),
               "after a pause slewd steps forward, whatever the offset; other offsets above "
               "phase.panic are an Alarm");
  } else if (word == "panic") {
    draft_.set("phase", "panic", json_of(draft_.within(word, value, 1s, 24h * 365)),
               "beyond it slewd goes into Alarm; it does not exit");
  } else {
    step(value);
  }
}

void NtpConverter::step(double threshold) {
  if (threshold <= 0) return draft_.set("step", "at_startup", quoted("never"));
  draft_.set("step", "threshold", json_of(draft_.within("step", threshold, 1ms, 24h * 365)),
             "slewd steps at the start alone; later offsets are slewed");
}

void NtpConverter::disable(NtpWords words) {
  if (words.empty()) return draft_.unreadable("disable");
  for (const std::string_view word : words) {
    const std::string flag = lower(word);
    if (flag == "ntp")
      draft_.set("", "mode", quoted("observe"));
    else
      draft_.implied("disable " + flag + ": slewd does not have it");
  }
}

void NtpConverter::enable(NtpWords words) {
  if (words.empty()) return draft_.unreadable("enable");
  constexpr std::array<std::string_view, 5> kAlways{"auth", "kernel", "ntp", "monitor", "stats"};
  for (const std::string_view word : words) {
    const std::string flag = lower(word);
    if (std::ranges::find(kAlways, flag) != kAlways.end())
      draft_.implied("enable " + flag + ": slewd has no switch for it");
    else
      draft_.lost("enable " + flag + ": slewd does not have it");
  }
}

void NtpConverter::leapfile(NtpWords words) {
  // ntpd takes words after the path, for instance "checkhash".
  draft_.set_path("leap_list", words.first(std::min<std::size_t>(words.size(), 1)));
}

void NtpConverter::interface(NtpWords words) {
  if (!words.empty() && lower(words[0]) != "listen")
    return draft_.implied("slewd listens on no port of NTP");
  draft_.lost("slewd listens on no port of NTP",
              "bind_address or bind_device of a source, for its requests");
}

// Files.

void NtpConverter::includefile(NtpWords words) {
  if (words.size() != 1) return draft_.unreadable("includefile");
  if (depth_ >= limits::kConvertDepth)
    return draft_.lost("files name each other more than " + std::to_string(limits::kConvertDepth) +
                       " levels deep");
  const SourceLine here = draft_.line();
  const std::string path = words[0].starts_with('/')
                               ? std::string(words[0])
                               : folder_of(inputs_.file().name) + "/" + std::string(words[0]);
  auto files = inputs_.matching(path);
  if (!files || files->empty())
    return draft_.lost(
        files ? "there is no such file here" : "cannot read it: " + files.error().describe(),
        "convert it where it is");
  ++depth_;
  for (const NamedText& each : *files) read(each);
  --depth_;
  draft_.at(here);
  draft_.implied("the lines of its files are converted with this file");
}

void NtpConverter::end(NtpWords) {
  ended_ = true;
  draft_.implied("the configuration ends here");
}

void NtpConverter::finish() {
  for (DraftSource& source : draft_.sources()) {
    if (dscp_ && *dscp_ != 0 && source.kind != SourceKind::clock)
      source.set("dscp", std::to_string(*dscp_));
    if (source.nts && source.nts_authority.empty()) source.nts_authority = authority_;
  }
  if (authority_line_) {
    draft_.at(*authority_line_);
    draft_.implied("nts.ca of the sources with NTS has it");
  }
  if (!keys_line_) return;
  draft_.at(*keys_line_);
  if (std::ranges::any_of(draft_.sources(), &DraftSource::keyed))
    draft_.set_path(keys::kKeysFile, std::array{std::string_view(keys_file_)});
  else
    draft_.implied("no source has a key");
}

}  // namespace

Result<void> convert_ntp(Inputs& inputs, Draft& draft) {
  NtpConverter converter(inputs, draft);
  converter.read(inputs.file());
  converter.read_folder();
  converter.finish();
  return {};
}

}  // namespace slewd::app::convert
