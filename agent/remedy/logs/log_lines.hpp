// SPDX-License-Identifier: Apache-2.0
// Cuts the bytes of a log file into lines, whatever the bytes are.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace slewd::remedy {

class LogLines {
 public:
  // Without its end ("\n" or "\r\n") and without zero bytes in front, which a truncated file has
  // where its writer goes on at the old place. `cut`: it was longer than limits::kLogLineBytes.
  using Reader = std::function<void(std::string_view line, bool cut)>;

  // Calls `each` for every line that the bytes end. The rest is kept and joined with what follows.
  void feed(std::string_view bytes, const Reader& each);
  // The writer will not finish the line: what there is of it counts as one.
  void finish(const Reader& each);
  // Forgets the rest; with `within_line` also what follows of that line.
  void restart(bool within_line);

 private:
  void collect(std::string_view bytes);
  void end_line(const Reader& each);

  std::string line_;
  bool cut_ = false;
  bool skipping_ = false;
};

}  // namespace slewd::remedy
