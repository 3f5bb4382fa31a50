// SPDX-License-Identifier: Apache-2.0
// Any text as an undo log: each line is read or kept as damaged, none is lost, and
// what is taken can be carried out and reads back the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/remedy/step/undo_log.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace slewd::remedy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const UndoList list = parse_undo_list(text);
  SLEWD_CHECK(list.actions.size() <= slewd::limits::kPendingUndos);
  for (const PendingUndo& undo : list.actions) {
    const auto command = command_for(undo, "/usr/bin/systemctl");
    SLEWD_CHECK(!command.argv.empty() && command.argv.front().starts_with('/'));
  }
  const UndoList again = parse_undo_list(to_text(list));
  SLEWD_CHECK(again.actions == list.actions);
  SLEWD_CHECK(again.damaged.size() == list.damaged.size());
  return 0;
}
