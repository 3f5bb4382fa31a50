// SPDX-License-Identifier: Apache-2.0
// Puts values of ours into a JSON object, for the API's .cpp files: generic over the JSON type, so
// that no JSON header is needed here. Unknown values are left out.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/core/jumps/clock_event.hpp"
#include "base/frequency.hpp"
#include "base/timeline.hpp"
#include "base/utc.hpp"
#include "exporter/corrected_time.hpp"
#include "exporter/seconds.hpp"
#include "exporter/utf8.hpp"

namespace slewd::exporter {

template <class Json>
class Put {
 public:
  explicit Put(Json& object) : object_(object) {}

  const Put& operator()(const char* key, std::string_view text) const {
    object_[key] = to_utf8(text);
    return *this;
  }
  const Put& operator()(const char* key, const char* text) const {
    return (*this)(key, std::string_view(text));
  }
  const Put& operator()(const char* key, const std::string& text) const {
    return (*this)(key, std::string_view(text));
  }
  const Put& operator()(const char* key, Nanos duration) const {
    object_[key] = decimal_seconds(duration);
    return *this;
  }
  const Put& operator()(const char* key, Ppm frequency) const {
    object_[key] = frequency.value / 1e6;  // as a ratio
    return *this;
  }
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number>
  const Put& operator()(const char* key, Number number) const {
    object_[key] = number;
    return *this;
  }
  template <class T>
  const Put& operator()(const char* key, const std::optional<T>& value) const {
    if (value) (*this)(key, *value);
    return *this;
  }
  // An empty text means "unknown".
  const Put& unless_empty(const char* key, const std::string& text) const {
    if (!text.empty()) (*this)(key, text);
    return *this;
  }

 private:
  Json& object_;
};

// A function, because `Put(x)(...)` would declare a variable x.
template <class Json>
[[nodiscard]] Put<Json> into(Json& object) {
  return Put<Json>(object);
}

template <class Json>
[[nodiscard]] Json jump_object(const core::ClockEvent& event, MonoTime now) {
  Json object;
  const Put put(object);
  put("id", event.id)("cause", to_string(event.cause));
  if (event.size_known()) {
    put("direction", to_string(event.direction()))("size_seconds", event.size);
    put("uncertainty_seconds", event.uncertainty);
  }
  // No clock of this boot can measure the age of an earlier boot.
  if (event.former)
    put("earlier_boot", true);
  else
    put("age_seconds", now - event.seen_mono);
  put("latency_seconds", event.latency)("before_utc", utc_text(event.wall_before, kUtcDecimals));
  put("after_utc", utc_text(event.wall_after, kUtcDecimals))("witnesses", event.witnesses);
  if (event.rate_change != Ppm{}) put("rate_change_ratio", event.rate_change);
  put.unless_empty("originator", event.originator);
  return object;
}

}  // namespace slewd::exporter
