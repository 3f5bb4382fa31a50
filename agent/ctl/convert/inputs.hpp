// SPDX-License-Identifier: Apache-2.0
// The files that a configuration consists of, within bounds for all of them together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/ctl/convert/convert.hpp"
#include "agent/ctl/convert/draft.hpp"

namespace slewd::app::convert {

class Inputs {
 public:
  Inputs(const NamedText& file, const ReadFiles& read) : file_(file), read_(read) {}

  [[nodiscard]] const NamedText& file() const { return file_; }
  // A path of a line is meant from the folder of its file.
  [[nodiscard]] Result<std::vector<NamedText>> matching(std::string_view pattern);

 private:
  const NamedText& file_;
  const ReadFiles& read_;
  std::size_t files_ = 0;
  std::size_t bytes_ = 0;
};

// "chrony.conf:12" with its text in one line.
[[nodiscard]] SourceLine source_line(std::string_view file, std::size_t number,
                                     std::string_view text);

// Converters of one format each. The error says why the text is none of it.
Result<void> convert_chrony(Inputs& inputs, Draft& draft);
Result<void> convert_ntp(Inputs& inputs, Draft& draft);
Result<void> convert_ntpd_rs(Inputs& inputs, Draft& draft);
Result<void> convert_timesyncd(Inputs& inputs, Draft& draft);

// What they know. Of ntpd-rs the sections are part of the word ("source.mode").
[[nodiscard]] std::span<const Directive> chrony_directives();
[[nodiscard]] std::span<const SourceOption> chrony_source_options();
[[nodiscard]] std::span<const SourceOption> chrony_clock_options();
[[nodiscard]] std::span<const Directive> ntp_directives();
[[nodiscard]] std::span<const SourceOption> ntp_source_options();
[[nodiscard]] std::span<const SourceOption> ntp_clock_options();
[[nodiscard]] std::span<const Directive> ntp_parameters();  // of tinker and tos
[[nodiscard]] std::span<const Directive> ntpd_rs_settings();
[[nodiscard]] std::span<const Directive> timesyncd_settings();

}  // namespace slewd::app::convert
