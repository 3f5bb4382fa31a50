// SPDX-License-Identifier: Apache-2.0
#include "agent/crypto/key_file.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::crypto {
namespace {

constexpr std::string_view kForm =
    "a line is 'id type key', for instance '7 AES128 hex:0123...' with 32 hex digits";

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!(line = trim(line)).empty() && line.front() != '#') {
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return words;
}

std::optional<int> nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

// The errors here describe the key and never show it.
Result<Secret> decode_key(std::string_view word) {
  constexpr std::string_view kHex = "hex:";
  std::vector<std::byte> bytes;
  bytes.reserve(word.size());
  if (!same_ignoring_case(word.substr(0, kHex.size()), kHex)) {
    for (const char c : word) {
      if (c < '!' || c > '~')
        return fail(ErrorCode::invalid,
                    "the key holds a byte that is not printable ASCII; write "
                    "such a key as hex:...");
      bytes.push_back(static_cast<std::byte>(c));
    }
  } else {
    word.remove_prefix(kHex.size());
    if (word.empty() || word.size() % 2 != 0)
      return fail(ErrorCode::invalid, "the key has " + std::to_string(word.size()) +
                                          " hex digits; two are needed for each byte");
    for (std::size_t i = 0; i < word.size(); i += 2) {
      const std::optional<int> high = nibble(word[i]);
      const std::optional<int> low = nibble(word[i + 1]);
      if (!high || !low)
        return fail(ErrorCode::invalid, "the key holds something else than hex digits at digit " +
                                            std::to_string(i + (high ? 2 : 1)));
      bytes.push_back(static_cast<std::byte>(*high * 16 + *low));
    }
  }
  Secret secret(bytes);
  wipe(bytes);
  return secret;
}

Result<KeyId> parse_id(std::string_view word) {
  KeyId id = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), id);
  if (problem != std::errc() || end != word.data() + word.size() || id == 0)
    return fail(ErrorCode::invalid,
                "the key's id is no number from 1 to 4294967295; " + std::string(kForm));
  return id;
}

Result<KeyType> parse_type(std::string_view word, WeakDigests weak) {
  const auto* const found = std::ranges::find_if(
      kKeyTypes, [&](KeyType type) { return same_ignoring_case(to_string(type), word); });
  if (found == kKeyTypes.end())
    return fail(ErrorCode::invalid,
                "the key's type is none of AES128, AES256, SHA1, MD5; " + std::string(kForm));
  if (is_weak(*found) && weak == WeakDigests::refuse)
    return fail(ErrorCode::invalid, std::string(to_string(*found)) +
                                        " is too weak; use AES128, or allow weak digests in the "
                                        "configuration if the server knows nothing better");
  return *found;
}

Result<NumberedKey> parse_line(const std::vector<std::string_view>& words, WeakDigests weak) {
  if (words.size() != 3)
    return fail(ErrorCode::invalid,
                std::to_string(words.size()) + " words where 3 are needed; " + std::string(kForm));
  const Result<KeyId> id = parse_id(words[0]);
  if (!id) return fail(id.error());
  const Result<KeyType> type = parse_type(words[1], weak);
  if (!type) return fail(type.error());
  const Result<Secret> secret = decode_key(words[2]);
  if (!secret) return fail(secret.error());
  Result<SymmetricKey> key = SymmetricKey::create(*type, secret->bytes());
  if (!key) return fail(key.error());
  return NumberedKey{*id, std::move(*key)};
}

// Collects the keys and the problems of one file.
class KeyFileReader {
 public:
  explicit KeyFileReader(std::string_view name) : name_(name) {}

  void add(int line, Result<NumberedKey> key) {
    if (!key) return problem(line, key.error().message());
    const auto [earlier, fresh] = line_of_id_.emplace(key->id, line);
    if (!fresh)
      return problem(line, "key " + std::to_string(key->id) + " again (first in line " +
                               std::to_string(earlier->second) + ")");
    keys_.push_back(std::move(*key));
  }

  [[nodiscard]] std::size_t keys() const { return keys_.size(); }

  Result<std::vector<NumberedKey>> finish() {
    if (problems_ == 0) return std::move(keys_);
    if (problems_ > limits::kConfigProblems)
      text_ += "\n" + std::to_string(problems_ - limits::kConfigProblems) + " more problems";
    return fail(ErrorCode::invalid, std::move(text_));
  }

 private:
  void problem(int line, const std::string& what) {
    if (++problems_ > limits::kConfigProblems) return;
    if (!text_.empty()) text_ += '\n';
    text_ += name_ + ":" + std::to_string(line) + ": " + what;
  }

  std::string name_;
  std::vector<NumberedKey> keys_;
  std::map<KeyId, int> line_of_id_;
  std::string text_;
  std::size_t problems_ = 0;
};

}  // namespace

Result<std::vector<NumberedKey>> parse_key_file(std::string_view text, std::string_view name,
                                                WeakDigests weak) {
  if (text.size() > limits::kKeyFileBytes)
    return fail(ErrorCode::limit, std::string(name) + ": larger than " +
                                      std::to_string(limits::kKeyFileBytes) + " bytes");
  KeyFileReader reader(name);
  int number = 0;
  for (const std::string_view line : split(text, '\n')) {
    ++number;
    const std::vector<std::string_view> words = words_of(line);
    if (words.empty()) continue;
    if (reader.keys() == limits::kKeys)
      return fail(ErrorCode::limit, std::string(name) + ":" + std::to_string(number) +
                                        ": more than " + std::to_string(limits::kKeys) + " keys");
    reader.add(number, parse_line(words, weak));
  }
  return reader.finish();
}

}  // namespace slewd::crypto
