// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/banner_probe.hpp"

#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

constexpr std::size_t kShownBytes = 200;

}  // namespace

Step BannerDialogue::connected() { return Step::more(); }

Step BannerDialogue::received(std::string_view bytes) {
  seen_ += bytes;
  if (seen_.starts_with(expect_))
    return Step::passed("greeted: " + one_line(seen_.substr(0, seen_.find('\n')), kShownBytes));
  if (expect_.starts_with(seen_)) return Step::more();
  return Step::failed("greeted with '" + one_line(seen_, kShownBytes) + "', not with '" + expect_ +
                      "'");
}

std::string BannerDialogue::missing() const {
  if (seen_.empty()) return "no greeting";
  return "greeting cut short after '" + one_line(seen_, kShownBytes) + "'";
}

}  // namespace slewd::remedy
