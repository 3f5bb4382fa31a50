// SPDX-License-Identifier: Apache-2.0
#include "agent/w32time/w32time_reg.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "base/text.hpp"

namespace slewd {
namespace {

constexpr std::string_view kHead = "Windows Registry Editor Version 5.00";
constexpr std::string_view kOldHead = "REGEDIT4";

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

std::string utf8_of_utf16le(std::string_view bytes) {
  const auto unit = [&](std::size_t at) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])) |
           static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + 1])) << 8;
  };
  const auto is_high = [](std::uint32_t code) { return code >= 0xD800 && code < 0xDC00; };
  const auto is_low = [](std::uint32_t code) { return code >= 0xDC00 && code < 0xE000; };
  std::string out;
  out.reserve(bytes.size() / 2);
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    std::uint32_t code = unit(at);
    if (is_high(code) && at + 3 < bytes.size() && is_low(unit(at + 2))) {
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(at + 2) - 0xDC00);
      at += 2;
    } else if (is_high(code) || is_low(code)) {
      code = 0xFFFD;
    }
    append_utf8(out, code);
  }
  return out;
}

// A quoted text with its escapes, taken from the front of `rest`; false when it does not end.
bool take_quoted(std::string_view& rest, std::string& out) {
  out.clear();
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return true;
    }
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    out.push_back(rest[at]);
  }
  return false;
}

std::string as_dword(std::uint32_t number) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  const std::string bare(digits.data(), end.ptr);
  return "dword:" + std::string(8 - bare.size(), '0') + bare;
}

bool ends_here(std::string_view rest) {
  rest = trim(rest);
  return rest.empty() || rest.front() == ';';
}

class RegReader {
 public:
  RegReader(std::string_view text, JsonProblems& problems)
      : lines_(split(text, '\n')), problems_(problems) {}

  std::vector<RegEntry> read() {
    if (!read_head()) return {};
    for (; at_ < lines_.size(); ++at_) {
      const std::string_view line = trim(lines_[at_]);
      if (line.empty() || line.front() == ';') continue;
      if (line.front() == '[') {
        read_key(line);
      } else {
        read_value(line);
      }
    }
    return std::move(entries_);
  }

 private:
  [[nodiscard]] int number_of_line() const { return static_cast<int>(at_) + 1; }
  void problem(std::string_view path, const std::string& what) {
    problems_.add(number_of_line(), path, what);
  }

  bool read_head() {
    while (at_ < lines_.size() && trim(lines_[at_]).empty()) ++at_;
    const std::string_view head = at_ < lines_.size() ? trim(lines_[at_]) : std::string_view();
    if (head == kHead || head == kOldHead) {
      ++at_;
      return true;
    }
    if (at_ == lines_.size()) at_ = 0;
    problem("", "neither a registry file, which begins with '" + std::string(kHead) +
                    "', nor JSON, which begins with '{'");
    return false;
  }

  void read_key(std::string_view line) {
    const auto end = line.rfind(']');
    in_key_ = true;
    removed_ = line.starts_with("[-");
    if (end == std::string_view::npos) {
      problem("", "the key is not closed; write '" + std::string(line) + "]'");
      key_ = line.substr(1);
      return;
    }
    if (!ends_here(line.substr(end + 1))) problem("", "something follows the key's ']'");
    key_ = line.substr(1, end - 1);
  }

  void read_value(std::string_view line) {
    RegEntry entry;
    entry.key = key_;
    entry.line = number_of_line();
    std::string_view rest = line;
    if (rest.front() == '@') {
      rest.remove_prefix(1);
    } else if (rest.front() != '"') {
      problem("",
              "a value was expected, as in \"SpecialPollInterval\"=dword:00000e10, or a key in "
              "brackets");
      return;
    } else if (!take_quoted(rest, entry.name)) {
      problem("", "the value's name has no closing '\"'");
      return;
    }
    rest = trim(rest);
    if (!rest.starts_with('=')) {
      problem(entry.name, "'=' was expected after the name");
      return;
    }
    if (!in_key_) problem(entry.name, "stands before the first key in brackets");
    rest = trim(rest.substr(1));
    if (read_data(rest, entry) && !removed_) entries_.push_back(std::move(entry));
  }

  bool read_data(std::string_view rest, RegEntry& entry) {
    if (rest.starts_with("dword:")) return read_dword(rest.substr(6), entry);
    if (rest.starts_with("hex")) return pass_list(rest, entry);
    if (rest.starts_with('"')) {
      entry.kind = RegKind::text;
      if (!take_quoted(rest, entry.text)) {
        problem(entry.name, "the text has no closing '\"'");
        return false;
      }
      if (!ends_here(rest)) problem(entry.name, "something follows the text; write \\\" inside it");
      return true;
    }
    if (rest.starts_with('-') && ends_here(rest.substr(1))) return true;
    explain_data(rest, entry);
    return false;
  }

  bool read_dword(std::string_view digits, RegEntry& entry) {
    entry.kind = RegKind::number;
    digits = trim(digits.substr(0, digits.find(';')));
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, entry.number, 16);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return true;
    problem(entry.name, "'" + std::string(digits) +
                            "' is not 1 to 8 hexadecimal digits; 3600 is dword:00000e10");
    return false;
  }

  // hex: and hex(2): lists go on in the next line after a backslash.
  bool pass_list(std::string_view rest, RegEntry& entry) {
    entry.kind = RegKind::list;
    if (rest.find(':') == std::string_view::npos) {
      problem(entry.name, "':' was expected after hex");
      return false;
    }
    while (rest.ends_with('\\') && at_ + 1 < lines_.size()) rest = trim(lines_[++at_]);
    return true;
  }

  void explain_data(std::string_view rest, const RegEntry& entry) {
    constexpr std::array<std::string_view, 2> kForms{"dword", "hex"};
    std::uint32_t decimal = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), decimal);
    std::string help = suggestion(rest.substr(0, rest.find(':')), kForms);
    if (parsed.ec == std::errc{} && parsed.ptr == rest.data() + rest.size())
      help = "; did you mean " + as_dword(decimal) + "?";
    problem(entry.name, "dword:, a text in quotes, hex: or - was expected, not '" +
                            std::string(rest.substr(0, 40)) + "'" + help);
  }

  std::vector<std::string_view> lines_;
  JsonProblems& problems_;
  std::size_t at_ = 0;
  std::string_view key_;
  bool in_key_ = false;
  bool removed_ = false;
  std::vector<RegEntry> entries_;
};

}  // namespace

Result<std::string> decode_registry_text(std::string_view bytes, std::string_view name) {
  const auto refuse = [&](const char* what) {
    return fail(ErrorCode::invalid, std::string(name) + ":1: " + what);
  };
  if (bytes.starts_with("\xFF\xFE")) {
    if (bytes.size() % 2 != 0)
      return refuse("UTF-16 text with half a character at its end; export the file again");
    return utf8_of_utf16le(bytes.substr(2));
  }
  if (bytes.starts_with("\xFE\xFF"))
    return refuse("UTF-16 with the high byte first; save it as UTF-16LE or UTF-8");
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.find('\0') != std::string_view::npos)
    return refuse("holds zero bytes: UTF-16 without its byte order mark? save it as UTF-8");
  return std::string(bytes);
}

std::vector<RegEntry> parse_reg(std::string_view text, JsonProblems& problems) {
  return RegReader(text, problems).read();
}

}  // namespace slewd
