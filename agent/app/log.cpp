// SPDX-License-Identifier: Apache-2.0
#include "agent/app/log.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "agent/os/process/log_output.hpp"
#include "base/limits.hpp"
#include "exporter/utf8.hpp"

namespace slewd::app {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

const char* pattern_of(LogFormat format) {
  return format == LogFormat::json ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})"
                                   : "ts=%Y-%m-%dT%H:%M:%S.%fZ level=%l %v";
}

// Escapes quotes, backslashes and control characters, by the same rules for logfmt and JSON. JSON
// must be UTF-8, and some texts come from the network: invalid bytes become U+FFFD.
std::string in_quotes(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : exporter::to_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

bool needs_quotes(std::string_view text) {
  return text.empty() || std::ranges::any_of(text, [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= ' ' || byte >= 0x7f || c == '"' || c == '=' || c == '\\';
         });
}

}  // namespace

std::string format_line(LogFormat format, std::string_view event,
                        std::initializer_list<LogField> fields) {
  const bool json = format == LogFormat::json;
  std::string line = json ? "\"event\":" + in_quotes(event) : "event=" + in_quotes(event);
  for (const LogField& field : fields) {
    if (json) {
      line += "," + in_quotes(field.key) + ":" + in_quotes(field.value);
    } else {
      line += " " + std::string(field.key) + "=";
      line += needs_quotes(field.value) ? in_quotes(field.value) : field.value;
    }
  }
  return line;
}

namespace {

// spdlog's own sink for stderr blocks while the reader does not read, also at the end.
class OutputSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // `dropped` = lines that have been lost so far; any thread.
  OutputSink(os::LogOutput& output, LogFormat format, std::function<std::uint64_t()> dropped)
      : output_(output), format_(format), dropped_(std::move(dropped)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::uint64_t dropped = dropped_();
    if (dropped > shown_) {
      const std::string text =
          format_line(format_, "log lines lost", {{"lines", std::to_string(dropped - shown_)}});
      put({message.logger_name, spdlog::level::warn, text});
      shown_ = dropped;
    }
    put(message);
  }
  void put(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    output_.write({line.data(), line.size()});
  }
  void flush_() override {}

  os::LogOutput& output_;
  LogFormat format_;
  std::function<std::uint64_t()> dropped_;
  std::uint64_t shown_ = 0;
};

}  // namespace

struct Log::Sink {
  explicit Sink(os::LogOutput::Patience patience) : output(STDERR_FILENO, patience) {}

  os::LogOutput output;
  std::shared_ptr<spdlog::logger> logger;
  std::shared_ptr<spdlog::details::thread_pool> pool;  // goes first, and its thread with it
};

Log::Log(const LogConfig& config, Delivery delivery)
    : format_(config.format),
      sink_(std::make_unique<Sink>(delivery == Delivery::asynchronous
                                       ? os::LogOutput::Patience::waits
                                       : os::LogOutput::Patience::none)) {
  auto output = std::make_shared<OutputSink>(sink_->output, format_, [this] { return dropped(); });
  if (delivery == Delivery::asynchronous) {
    sink_->pool = std::make_shared<spdlog::details::thread_pool>(limits::kLogQueue, 1);
    sink_->logger = std::make_shared<spdlog::async_logger>(
        "slewd", output, sink_->pool, spdlog::async_overflow_policy::overrun_oldest);
  } else {
    sink_->logger = std::make_shared<spdlog::logger>("slewd", output);
  }
  sink_->logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      pattern_of(config.format), spdlog::pattern_time_type::utc));
  sink_->logger->set_level(spdlog_level(config.level));
  sink_->logger->flush_on(spdlog::level::warn);
}

// The pool writes the queued lines and ends.
Log::~Log() { sink_->output.hurry(); }

void Log::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!sink_->logger->should_log(spdlog_level(level))) return;
  sink_->logger->log(spdlog_level(level), "{}", format_line(format_, event, fields));
}

std::uint64_t Log::dropped() const {
  const std::uint64_t overrun = sink_->pool == nullptr ? 0 : sink_->pool->overrun_counter();
  return overrun + sink_->output.lost();
}

}  // namespace slewd::app
