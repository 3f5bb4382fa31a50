// SPDX-License-Identifier: Apache-2.0
// The key file: one key on a line, `id type key`. The type is AES128, AES256, SHA1 or MD5 in any
// case. The key is "hex:" with hex digits, or printable ASCII without blanks that is taken as it
// is.
// "#" begins a comment at the start of a line or after a blank. No message repeats key material.
#pragma once

#include <string_view>
#include <vector>

#include "agent/crypto/symmetric_key.hpp"

namespace slewd::crypto {

// SHA1 and MD5 are refused unless the configuration asks for them by name.
enum class WeakDigests { refuse, allow };

struct NumberedKey {
  KeyId id = 0;
  SymmetricKey key;
};

// `name` is what messages call the text, normally its path. All problems are told at once, up to
// limits::kConfigProblems, one on a line. Errors: `invalid`; `limit` for more than
// limits::kKeyFileBytes or limits::kKeys. An empty file has no keys and is no error.
[[nodiscard]] Result<std::vector<NumberedKey>> parse_key_file(std::string_view text,
                                                              std::string_view name,
                                                              WeakDigests weak);

}  // namespace slewd::crypto
