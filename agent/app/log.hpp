// SPDX-License-Identifier: Apache-2.0
// The daemon's log: one line for each event, with fields, as logfmt or JSON on stderr. Asynchronous
// and bounded: the core never waits for a slow log pipe. A line reports how many lines were lost.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "agent/config/config.hpp"

namespace slewd::app {

struct LogField {
  std::string_view key;
  std::string value;
};

class Log {
 public:
  enum class Delivery {
    asynchronous,  // through a bounded queue and a thread of its own
    direct,        // in single-thread mode
  };

  Log(const LogConfig& config, Delivery delivery);
  ~Log();  // within a second, also when the reader of stderr does not read
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Any thread. `event` is a short sentence; numbers and names go into the fields.
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});
  // Lines lost because the queue was full or stderr did not accept them.
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  struct Sink;
  LogFormat format_;
  std::unique_ptr<Sink> sink_;
};

// One line without time and level, as write() makes it: `event="clock stepped" size=-11s`.
[[nodiscard]] std::string format_line(LogFormat format, std::string_view event,
                                      std::initializer_list<LogField> fields);

}  // namespace slewd::app
