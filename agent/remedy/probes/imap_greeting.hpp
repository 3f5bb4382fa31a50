// SPDX-License-Identifier: Apache-2.0
// What an IMAP server says first (RFC 3501 section 7.1, RFC 9051 section 7.1), judged by a probe
// that is going to log in.
#pragma once

#include <string>
#include <string_view>

#include "agent/remedy/probes/imap_reply.hpp"

namespace slewd::remedy {

// Why a login cannot follow upon this greeting; empty when it can. `expect` is what the greeting's
// line must start with; empty takes any.
[[nodiscard]] std::string greeting_problem(const ImapReply& greeting, std::string_view expect);

// The server says at once that it forbids LOGIN on this connection (RFC 3501 section 6.2.3). It
// need not say so.
[[nodiscard]] bool forbids_login(const ImapReply& greeting);

}  // namespace slewd::remedy
