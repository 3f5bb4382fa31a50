// SPDX-License-Identifier: Apache-2.0
// The plan as text and as JSON.
#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "base/human_time.hpp"
#include "base/table.hpp"
#include "base/text.hpp"

#include "lab/plan.hpp"

namespace slewd::lab {
namespace {

using Json = nlohmann::json;

constexpr const char* kBegin = "from the start";
constexpr std::size_t kLineWidth = 96;

std::string since_begin(Nanos when) { return when == Nanos{0} ? kBegin : human_time(when); }

// In lines that fit a terminal, indented by two blanks.
std::string wrapped(std::string_view text) {
  std::string out;
  std::size_t used = kLineWidth;
  for (const std::string_view word : split(text, ' ')) {
    if (used + 1 + word.size() > kLineWidth) {
      out += out.empty() ? " " : "\n ";
      used = 1;
    }
    out += " " + std::string(word);
    used += 1 + word.size();
  }
  return out + "\n";
}

std::string rates_table(const Plan& plan) {
  Table table({{"rate", Align::right},
               {"below 128 ms", Align::right},
               {"below 1 ms", Align::right},
               {"done", Align::right}});
  for (const SlewLine& line : plan.customary)
    table.add({human_rate(line.rate), since_begin(line.below_128ms), since_begin(line.below_1ms),
               human_time(line.done)});
  return table.print();
}

// Two columns without a header.
std::string harms_table(const std::vector<Harm>& harms) {
  Table table({{""}, {""}, {""}});
  for (const Harm& harm : harms) table.add({"", harm.service, harm.effect});
  const std::string text = table.print();
  return text.substr(text.find('\n') + 1);
}

Json json_of(const SlewLine& line) {
  return {{"rate_ratio", to_ratio(line.rate)},
          {"below_128ms_seconds", to_seconds(line.below_128ms)},
          {"below_1ms_seconds", to_seconds(line.below_1ms)},
          {"done_seconds", to_seconds(line.done)}};
}

Json json_of(const std::vector<Harm>& harms) {
  Json list = Json::array();
  for (const Harm& harm : harms)
    list.push_back({{"service", harm.service}, {"effect", harm.effect}});
  return list;
}

}  // namespace

std::string plan_text(const Plan& plan) {
  const bool behind = plan.offset > Nanos{0};
  const std::string size = human_time(magnitude(plan.offset));
  std::string text = "The clock is " + size + (behind ? " behind" : " ahead") +
                     ". A slew makes it run " + (behind ? "faster" : "slower") + " by up to " +
                     human_rate(plan.line.rate) + " (" +
                     format_fixed(to_ratio(plan.line.rate) * 100, 3) + " %), without a jump" +
                     (behind ? "" : " or a step back") + ".\n\n";
  text += "  begins        with the first sample after the start or after a detected jump\n";
  text += "  below 128 ms  " + since_begin(plan.line.below_128ms) + "\n";
  text += "  below 1 ms    " + since_begin(plan.line.below_1ms) + "\n";
  text += "  done          " + human_time(plan.line.done) + "\n";
  for (const std::string& remark : plan.remarks) text += "\n" + wrapped("note: " + remark);
  text +=
      "\nAt other rates (--rate; steering.large_offset_slew and max_slew):\n" + rates_table(plan);
  text += std::string("\nA step ") + (behind ? "forward" : "back") + " by " + size +
          " would be done at once, but affects:\n" + harms_table(plan.step_harms);
  if (!plan.error_harms.empty())
    text +=
        "\nUntil the slew is done, the remaining error affects:\n" + harms_table(plan.error_harms);
  return text;
}

std::string plan_json(const Plan& plan) {
  Json rates = Json::array();
  for (const SlewLine& line : plan.customary) rates.push_back(json_of(line));
  const Json json = {{"schema", "slewd.plan/1"},
                     {"offset_seconds", to_seconds(plan.offset)},
                     {"slew", json_of(plan.line)},
                     {"other_rates", rates},
                     {"remarks", plan.remarks},
                     {"step_hurts", json_of(plan.step_harms)},
                     {"error_hurts", json_of(plan.error_harms)}};
  return json.dump(2) + "\n";
}

}  // namespace slewd::lab
