// SPDX-License-Identifier: Apache-2.0
// Builds the records of perf_event_open(2) byte by byte, for tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace slewd::os {

using Bytes = std::vector<std::byte>;

template <class T>
void append(Bytes& bytes, T value) {
  const std::size_t at = bytes.size();
  bytes.resize(at + sizeof value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

inline void append(Bytes& bytes, const Bytes& more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

inline Bytes record(std::uint32_t type, const Bytes& body) {
  constexpr std::size_t kHeaderBytes = 8;
  Bytes bytes;
  append(bytes, type);
  append(bytes, std::uint16_t{0});
  append(bytes, static_cast<std::uint16_t>(kHeaderBytes + body.size()));
  append(bytes, body);
  return bytes;
}

inline Bytes sample(std::int32_t process, std::int32_t thread, std::int64_t time,
                    const Bytes& raw) {
  constexpr std::uint32_t kSample = 9;
  Bytes body;
  append(body, process);
  append(body, thread);
  append(body, time);
  append(body, static_cast<std::uint32_t>(raw.size()));
  append(body, raw);
  return record(kSample, body);
}

inline Bytes lost(std::uint64_t count) {
  constexpr std::uint32_t kLost = 2;
  Bytes body;
  append(body, std::uint64_t{77});  // the event's number
  append(body, count);
  return record(kLost, body);
}

// What a tracepoint on a system call records: its number, then the arguments from byte 16 on.
inline Bytes call_record(std::uint16_t id, std::uint64_t first_argument) {
  Bytes raw;
  append(raw, id);
  raw.resize(16);
  append(raw, first_argument);
  return raw;
}

inline Bytes exit_record(std::uint16_t id, std::string_view comm) {
  Bytes raw;
  append(raw, id);
  raw.resize(8);
  for (const char each : comm) raw.push_back(static_cast<std::byte>(each));
  raw.resize(24);
  return raw;
}

}  // namespace slewd::os
