// SPDX-License-Identifier: Apache-2.0
// slewctl convert: the configuration of another time daemon as slewd's.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "agent/ctl/answers.hpp"
#include "agent/ctl/convert/convert.hpp"
#include "agent/ctl/convert_files.hpp"
#include "agent/ctl/subcommands.hpp"
#include "base/atomic_file.hpp"
#include "base/limits.hpp"

namespace slewd::app {
namespace {

constexpr std::array<ForeignFormat, 4> kFormats{ForeignFormat::chrony, ForeignFormat::ntp,
                                                ForeignFormat::ntpd_rs, ForeignFormat::timesyncd};

std::optional<ForeignFormat> format_of(const std::string& name) {
  const auto found =
      std::ranges::find(kFormats, name, [](ForeignFormat format) { return name_of(format); });
  return found == kFormats.end() ? std::nullopt : std::optional(*found);
}

int complain_of_input(const Error& error) {
  (void)report_error(error);
  return kUsage;
}

int convert_file(const ConvertArguments& arguments) {
  auto text = read_file(arguments.file, limits::kConvertBytes);
  if (!text) return complain_of_input(text.error());
  const auto conversion =
      convert_config({arguments.file, std::move(*text)}, format_of(arguments.from), &read_matching);
  if (!conversion) return complain_of_input(conversion.error());
  if (arguments.output.empty()) {
    if (const int printed = print(conversion->text); printed != kDone) return kUsage;
  } else {
    const auto former = write_beside_former(arguments.output, conversion->text);
    if (!former) return complain_of_input(former.error());
    if (*former)
      (void)std::fprintf(stderr, "slewctl: the former %s is now %s.old\n", arguments.output.c_str(),
                         arguments.output.c_str());
  }
  if (conversion->complete) return kDone;
  (void)std::fprintf(stderr, "slewctl: not expressed in slewd's configuration:\n%s",
                     conversion->report.c_str());
  return kFailed;
}

}  // namespace

void add_convert(CLI::App& program, Arguments& arguments, Chosen& chosen) {
  CLI::App* convert = program.add_subcommand(
      "convert",
      "write slewd's configuration from that of chrony, ntpd, ntpd-rs or timesyncd; exit status 1 "
      "if a line has no equivalent");
  ConvertArguments& own = arguments.convert;
  convert
      ->add_option("file", own.file, "the file: chrony.conf, ntp.conf, ntp.toml or timesyncd.conf")
      ->required();
  std::vector<std::string> names;
  for (const ForeignFormat format : kFormats) names.emplace_back(name_of(format));
  convert->add_option("--from", own.from, "the format, where it is not recognised")
      ->check(CLI::IsMember(names));
  convert->add_option("--output", own.output,
                      "write this file instead of standard output; a former one gets the ending "
                      ".old");
  convert->callback([&] { chosen = [&own] { return convert_file(own); }; });
}

}  // namespace slewd::app
