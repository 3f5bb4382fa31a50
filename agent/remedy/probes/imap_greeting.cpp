// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/imap_greeting.hpp"

namespace slewd::remedy {

std::string greeting_problem(const ImapReply& greeting, std::string_view expect) {
  const bool untagged = greeting.kind == ImapReply::Kind::untagged;
  if (untagged && greeting.word == "BYE") return "refused at the greeting";
  if (untagged && greeting.word == "PREAUTH")
    return "the server requires no login, so none can be tested";
  if (!untagged || greeting.word != "OK") return "no IMAP greeting";
  if (!greeting.line.starts_with(expect))
    return "the greeting does not start with '" + std::string(expect) + "'";
  return {};
}

bool forbids_login(const ImapReply& greeting) {
  if (!greeting.text.starts_with("[CAPABILITY ")) return false;
  const std::string_view code = std::string_view(greeting.text).substr(0, greeting.text.find(']'));
  return code.find(" LOGINDISABLED") != std::string_view::npos;
}

}  // namespace slewd::remedy
