// SPDX-License-Identifier: Apache-2.0
// Any text as the book of what is owed: each line is taken or kept for people, none is lost, and
// what is taken can be carried out and reads back the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/remedy/step/owed_book.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd::remedy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const OwedList list = parse_owed_list(text);
  SLEWD_CHECK(list.actions.size() <= slewd::limits::kPendingUndos);
  for (const OwedAction& owed : list.actions) {
    const auto payment = payment_of(owed, "/usr/bin/systemctl");
    SLEWD_CHECK(!payment.argv.empty() && payment.argv.front().starts_with('/'));
  }
  const OwedList again = parse_owed_list(to_text(list));
  SLEWD_CHECK(again.actions == list.actions);
  SLEWD_CHECK(again.damaged.size() == list.damaged.size());
  return 0;
}
