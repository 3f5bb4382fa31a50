// SPDX-License-Identifier: Apache-2.0
// IMAP server replies (RFC 3501 section 7, RFC 9051 section 7) out of a byte stream: as much as a
// login needs. Pure and bounded.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slewd::remedy {

struct ImapReply {
  enum class Kind { untagged, continuation, tagged, garbage };
  Kind kind = Kind::garbage;
  std::string tag;   // of a tagged reply
  std::string word;  // "OK", "NO", "BAD", "BYE", "PREAUTH", "CAPABILITY", ...: upper case
  std::string text;  // what follows the word
  std::string line;  // all of it, without its end
};

class ImapReplies {
 public:
  // Adds bytes as they came.
  void feed(std::string_view bytes);
  // The next whole reply; none when more bytes are needed or broken().
  [[nodiscard]] std::optional<ImapReply> next();
  // A line or a literal is longer than limits::kProbeReplyBytes: nothing more will be read.
  [[nodiscard]] bool broken() const { return broken_; }
  // Nothing has come beyond the last reply that next() gave.
  [[nodiscard]] bool drained() const { return bytes_.empty() && line_.empty() && literal_ == 0; }

 private:
  bool skip_literal();

  std::string bytes_;        // not yet looked at
  std::string line_;         // of a reply that a literal has split
  std::size_t literal_ = 0;  // octets still to be skipped
  bool broken_ = false;
};

}  // namespace slewd::remedy
