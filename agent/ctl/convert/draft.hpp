// SPDX-License-Identifier: Apache-2.0
// slewd's configuration while it is being made of another daemon's: what each line has become.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/ctl/convert/directive.hpp"
#include "base/timeline.hpp"

namespace slewd::app::convert {

struct SourceLine {
  std::string place;  // "chrony.conf:12"
  std::string text;   // one line, shortened
};

enum class SourceKind { server, pool, clock };

struct DraftSource {
  SourceLine line;
  SourceKind kind = SourceKind::server;
  std::string host;  // of a clock: its device
  std::uint16_t port = 123;
  std::string clock_key;  // of a clock: which kind of it
  std::string name;       // empty = the host
  std::string family;     // "ipv4", "ipv6", or both
  int members = 0;        // of a pool; 0 = the default
  bool noselect = false;
  std::string nts_authority;  // a file
  std::uint16_t nts_port = 0;
  bool nts = false;
  bool keyed = false;
  std::vector<std::pair<std::string, std::string>> more;  // members of slewd's and their JSON
  std::vector<std::string> remarks;                       // comments below its line

  // Replaces a member that is there.
  void set(std::string_view key, std::string json);
  [[nodiscard]] bool is_authenticated() const { return nts || keyed; }
};

struct Setting {
  SourceLine line;      // the last one that sets it
  std::string section;  // empty = at the top
  std::string key;
  std::string json;
  std::vector<std::string> comments;  // its lines, and remarks
};

// A line, or a part of one, that became no setting.
struct Note {
  SourceLine line;
  std::string reason;
  std::string cure;
  bool lost = true;  // false: nothing is missing without it
};

[[nodiscard]] std::string comment_of(const SourceLine& line);

// JSON texts.
[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] std::string json_of(Nanos duration);
[[nodiscard]] std::string json_of(double value);
[[nodiscard]] std::string json_ppm(double ppm);

class Draft {
 public:
  // What follows is about this line.
  void at(SourceLine line) { line_ = std::move(line); }
  [[nodiscard]] const SourceLine& line() const { return line_; }

  void implied(std::string_view reason);
  void lost(std::string_view reason, std::string_view cure = "");
  // As the table says; false for what has to be converted.
  bool by_fate(Fate fate, std::string_view reason, std::string_view cure, std::string_view part);
  // A value that cannot be read.
  void unreadable(std::string_view what);

  // A later call replaces the value. `remark` is a comment in the file.
  void set(std::string_view section, std::string_view key, std::string json,
           std::string_view remark = "");
  // The same of a path; `words` is the rest of the line.
  void set_path(std::string_view key, std::span<const std::string_view> words);
  [[nodiscard]] bool has(std::string_view section, std::string_view key) const;

  // A source of the current line. Null if slewd refuses such a host, or has it already: then the
  // line has its note.
  DraftSource* add_source(SourceKind kind, std::string_view host, std::uint16_t port = 123);
  DraftSource* add_clock(std::string_view key, std::string_view device);
  [[nodiscard]] std::deque<DraftSource>& sources() { return sources_; }
  [[nodiscard]] const std::deque<DraftSource>& sources() const { return sources_; }
  // The members that a table of options gives. `special` reads what only the format knows and says
  // whether it could.
  template <class Special>
  void read_options(DraftSource& source, std::span<const std::string_view> words,
                    std::span<const SourceOption> table, const Special& special);

  // Options that formats share; false where the value is none that slewd can have.
  [[nodiscard]] bool set_key(DraftSource& source, std::string_view id);
  [[nodiscard]] bool set_members(DraftSource& source, std::string_view count);
  [[nodiscard]] bool set_family(DraftSource& source, bool ipv6);
  [[nodiscard]] static bool set_name(DraftSource& source, std::string_view name);

  // Powers of two in seconds; what is missing has `usual`.
  struct PollRange {
    std::optional<std::int64_t> minimum;
    std::optional<std::int64_t> maximum;
  };
  void set_poll(DraftSource& source, const PollRange& range, const PollRange& usual);
  // Within slewd's range; a value that had to be moved there has a note.
  [[nodiscard]] Nanos within(std::string_view what, double seconds, Nanos low, Nanos high);
  [[nodiscard]] double within(std::string_view what, double value, double low, double high);

  // What concerns all sources together; after the last line.
  void finish();

  [[nodiscard]] const std::vector<Setting>& settings() const { return settings_; }
  [[nodiscard]] const std::vector<Note>& notes() const { return notes_; }
  [[nodiscard]] bool complete() const;

 private:
  void note(std::string_view reason, std::string_view cure, bool lost);
  // The next option's fate; advances `index` over its value.
  const SourceOption* next_option(std::span<const std::string_view> words, std::size_t& index,
                                  std::span<const SourceOption> table, std::string_view& value);
  void apply(DraftSource& source, const SourceOption& option, std::string_view value);
  void check_min_sources();

  SourceLine line_;
  std::deque<DraftSource> sources_;  // its elements stay where they are
  std::vector<Setting> settings_;
  std::vector<Note> notes_;
};

template <class Special>
void Draft::read_options(DraftSource& source, std::span<const std::string_view> words,
                         std::span<const SourceOption> table, const Special& special) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string_view value;
    const SourceOption* option = next_option(words, i, table, value);
    if (option == nullptr) continue;
    if (option->kind != OptionKind::special)
      apply(source, *option, value);
    else if (!special(source, option->word, value))
      unreadable(std::string(option->word) + (value.empty() ? "" : " ") + std::string(value));
  }
}

}  // namespace slewd::app::convert
