// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario/plot.hpp"

#include <algorithm>
#include <vector>

#include "base/text.hpp"

namespace slewd::sim {
namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 314;
constexpr double kLeft = 70;
constexpr double kRight = 12;
constexpr double kTop = 30;
constexpr double kBottom = 50;
constexpr int kTicks = 5;
constexpr double kLetter = 6.5;  // width of one, at most
constexpr const char* kErrorColour = "#0969da";
constexpr const char* kBoundStyle = R"(fill="#54aeff" fill-opacity="0.25")";
constexpr const char* kPhaseColour = "#dfe3e8";

struct Unit {
  double factor;
  const char* name;
};

Unit unit_of_seconds(double largest) {
  if (largest < 1e-3) return {1e6, "us"};
  if (largest < 1) return {1e3, "ms"};
  return {1, "s"};
}

Unit unit_of_time(double seconds) {
  if (seconds <= 300) return {1, "s"};
  if (seconds <= 7200) return {1.0 / 60, "min"};
  return {1.0 / 3600, "h"};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

std::string number(double value) { return format_fixed(value, 1); }

// From seconds to the page.
class Frame {
 public:
  Frame(double begin, double end, double largest)
      : begin_(begin), end_(std::max(end, begin + 1)), largest_(largest > 0 ? largest : 1e-6) {}

  [[nodiscard]] double x(double seconds) const {
    return kLeft + (kWidth - kLeft - kRight) * (seconds - begin_) / (end_ - begin_);
  }
  [[nodiscard]] double y(double seconds) const {
    const double bounded = std::clamp(seconds / largest_, -1.0, 1.0);
    return kTop + (kHeight - kTop - kBottom) * (1 - bounded) / 2;
  }
  [[nodiscard]] std::string point(double time, double value) const {
    return number(x(time)) + "," + number(y(value));
  }
  [[nodiscard]] double begin() const { return begin_; }
  [[nodiscard]] double end() const { return end_; }
  [[nodiscard]] double largest() const { return largest_; }

 private:
  double begin_;
  double end_;
  double largest_;
};

std::string text_at(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\">" +
         text + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) +
         "\" y2=\"" + number(y2) + "\" " + style + "/>\n";
}

std::string axes(const Frame& frame) {
  const Unit seconds = unit_of_seconds(frame.largest());
  const Unit time = unit_of_time(frame.end());
  const int decimals = (frame.end() - frame.begin()) * time.factor < 1 ? 3 : 1;
  std::string svg;
  for (int i = 0; i < kTicks; ++i) {
    const double share = static_cast<double>(i) / (kTicks - 1);
    const double value = frame.largest() * (2 * share - 1);
    const bool zero = 2 * i + 1 == kTicks;
    svg += line(kLeft, frame.y(value), kWidth - kRight, frame.y(value),
                zero ? "stroke=\"#8c959f\"" : "stroke=\"#d0d7de\"");
    svg += text_at(kLeft - 6, frame.y(value) + 4, "end",
                   format_fixed(value * seconds.factor, 1) + " " + seconds.name);
    const double when = frame.begin() + (frame.end() - frame.begin()) * share;
    svg += text_at(frame.x(when), kHeight - kBottom + 18, i + 1 == kTicks ? "end" : "middle",
                   format_fixed(when * time.factor, decimals) + " " + time.name);
  }
  return svg;
}

std::string phases(const Frame& frame, std::span<const SeriesPoint> series) {
  std::string svg;
  for (std::size_t i = 0; i < series.size();) {
    std::size_t next = i + 1;
    while (next < series.size() && series[next].phase == series[i].phase) ++next;
    if (series[i].phase != core::Phase::sync) {
      const std::string name(core::to_string(series[i].phase));
      const double from = frame.x(to_seconds(series[i].elapsed));
      const double to = frame.x(to_seconds(series[std::min(next, series.size() - 1)].elapsed));
      svg += "<rect x=\"" + number(from) + "\" y=\"" + number(kTop) + "\" width=\"" +
             number(std::max(to - from, 0.5)) + "\" height=\"" + number(kHeight - kTop - kBottom) +
             "\" fill=\"" + kPhaseColour + "\"><title>" + name + "</title></rect>\n";
      if (kLetter * static_cast<double>(name.size()) < to - from)
        svg += text_at((from + to) / 2, kTop + 14, "middle", name);
    }
    i = next;
  }
  return svg;
}

std::string bounds(const Frame& frame, std::span<const SeriesPoint> series) {
  std::string points;
  for (const SeriesPoint& point : series)
    points += frame.point(to_seconds(point.elapsed), to_seconds(point.bound)) + " ";
  const std::vector<SeriesPoint> back(series.rbegin(), series.rend());
  for (const SeriesPoint& point : back)
    points += frame.point(to_seconds(point.elapsed), -to_seconds(point.bound)) + " ";
  return "<polygon points=\"" + points + "\" " + kBoundStyle + "/>\n";
}

std::string errors(const Frame& frame, std::span<const SeriesPoint> series) {
  std::string points;
  for (const SeriesPoint& point : series)
    points += frame.point(to_seconds(point.elapsed), to_seconds(point.error)) + " ";
  return "<polyline points=\"" + points + R"(" fill="none" stroke=")" + kErrorColour +
         "\" stroke-width=\"1\"/>\n";
}

std::string legend() {
  constexpr double kBox = 12;
  constexpr double kEntry = 190;
  const double y = kHeight - 6;
  double x = kLeft;
  std::string svg;
  const auto entry = [&](const std::string& style, double height, const char* text) {
    svg += "<rect x=\"" + number(x) + "\" y=\"" + number(y - 4 - height / 2) + "\" width=\"" +
           number(kBox) + "\" height=\"" + number(height) + "\" " + style + "/>\n";
    svg += text_at(x + kBox + 5, y, "start", text);
    x += kEntry;
  };
  entry(std::string("fill=\"") + kErrorColour + "\"", 2, "wall clock minus true time");
  entry(kBoundStyle, 8, "error bound published by slewd");
  entry(std::string("fill=\"") + kPhaseColour + "\"", 8, "phase other than Sync");
  return svg;
}

// The scale shows the whole error, and the bound as well unless it dwarfs the error.
double scale_of(std::span<const SeriesPoint> series) {
  double error = 0;
  double bound = 0;
  for (const SeriesPoint& point : series) {
    error = std::max(error, to_seconds(magnitude(point.error)));
    bound = std::max(bound, to_seconds(point.bound));
  }
  return 1.1 * std::max(error, std::min(bound, 2 * error));
}

}  // namespace

std::string plot_svg(std::string_view title, std::span<const SeriesPoint> series) {
  const double begin = series.empty() ? 0 : to_seconds(series.front().elapsed);
  const double end = series.empty() ? 1 : to_seconds(series.back().elapsed);
  const Frame frame(begin, end, scale_of(series));
  std::string svg = R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + number(kWidth) +
                    " " + number(kHeight) +
                    "\" font-family=\"sans-serif\" font-size=\"11\" fill=\"#24292f\">\n"
                    "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  svg += text_at(kLeft, 18, "start", escaped(title));
  svg += phases(frame, series) + axes(frame);
  if (!series.empty()) svg += bounds(frame, series) + errors(frame, series) + legend();
  return svg + "</svg>\n";
}

}  // namespace slewd::sim
