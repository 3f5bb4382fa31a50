// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/scenario_writer.hpp"

#include "base/duration.hpp"
#include "base/text.hpp"
#include "sim/scenario/date.hpp"
#include "sim/scenario/scenario_file.hpp"

namespace slewd::tests {
namespace {

// The members of one object, on one line.
class Members {
 public:
  void raw(const char* key, const std::string& value) {
    text_ += std::string(text_.empty() ? "\"" : ", \"") + key + "\": " + value;
  }
  void text(const char* key, const std::string& value) { raw(key, "\"" + value + "\""); }
  void duration(const char* key, Nanos value) {
    if (value != Nanos{0}) text(key, format(value));
  }
  void ppm(const char* key, Ppm value) {
    if (value.value != 0) text(key, format_number(value.value) + "ppm");
  }
  void number(const char* key, double value, double usual = 0) {
    if (value != usual) raw(key, format_number(value));
  }
  void flag(const char* key, bool value, bool usual = false) {
    if (value != usual) raw(key, value ? "true" : "false");
  }
  [[nodiscard]] std::string object() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string list_of(const std::vector<std::string>& objects, const std::string& indent) {
  std::string text = "[";
  for (std::size_t i = 0; i < objects.size(); ++i)
    text += (i == 0 ? "\n" : ",\n") + indent + "  " + objects[i];
  return objects.empty() ? "[]" : text + "\n" + indent + "]";
}

std::string disturbance_text(const sim::Disturbance& law) {
  Members members;
  members.duration("every", law.every);
  members.duration("from", law.from);
  if (law.length) members.text("for", format(*law.length));
  members.number("chance", law.chance, 1);
  // A disturbance that disturbs nothing needs one of these all the same.
  members.text("delay", format(law.delay));
  members.duration("ramp", law.ramp);
  members.duration("jitter", law.jitter);
  members.number("loss", law.loss);
  return members.object();
}

std::string link_text(const sim::LinkLaw& law) {
  Members members;
  members.duration("delay", law.delay);
  members.duration("jitter", law.jitter);
  members.number("loss", law.loss);
  members.number("duplicate", law.duplicate);
  members.number("pass_every", law.pass_every, 1);
  std::string disturbances;
  for (const sim::Disturbance& each : law.disturbances)
    disturbances += (disturbances.empty() ? "" : ", ") + disturbance_text(each);
  if (!disturbances.empty()) members.raw("disturbances", "[" + disturbances + "]");
  return members.object();
}

const char* leap_text(core::Leap leap) {
  if (leap == core::Leap::insert) return "insert";
  return leap == core::Leap::erase ? "erase" : "none";
}

std::string server_text(const sim::ServerLaw& server) {
  Members members;
  members.text("name", server.name);
  members.duration("ahead", server.ahead);
  if (server.leap) members.text("leap", leap_text(*server.leap));
  if (server.also) {
    Members also;
    also.duration("ahead", server.also->ahead);
    also.number("chance", server.also->chance, 0.5);
    members.raw("also", also.object());
  }
  if (server.upstream) {
    Members upstream;
    upstream.duration("delay", server.upstream->delay);
    upstream.duration("jitter", server.upstream->jitter);
    upstream.ppm("frequency", server.upstream->frequency);
    upstream.number("wander", server.upstream->wander);
    upstream.text("up_for", format(server.upstream->up_for));
    members.raw("upstream", upstream.object());
  }
  members.raw("up", link_text(server.up));
  members.raw("down", link_text(server.down));
  return members.object();
}

std::string client_text(const sim::ClientLaw& client) {
  Members members;
  members.duration("ahead", client.ahead);
  members.ppm("frequency", client.frequency);
  members.number("wander", client.wander);
  if (client.drift.kind != sim::DriftKind::none) {
    Members drift;
    const bool sine = client.drift.kind == sim::DriftKind::sine;
    const bool square = client.drift.kind == sim::DriftKind::square;
    drift.text("kind", sine ? "sine" : square ? "square" : "linear");
    drift.ppm("amplitude", client.drift.amplitude);
    drift.text("period", format(client.drift.period));
    members.raw("drift", drift.object());
  }
  members.duration("timer_latency", client.timer_latency);
  members.duration("stamp_noise", client.stamp_noise);
  if (client.drift_file) {
    Members file;
    file.text("frequency", format_number(client.drift_file->frequency.value) + "ppm");
    file.text("uncertainty", format_number(client.drift_file->uncertainty.value) + "ppm");
    members.raw("drift_file", file.object());
  }
  return members.object();
}

std::string event_text(const sim::Happening& event) {
  Members members;
  members.text("at", format(event.at));
  members.text("kind", std::string(to_string(event.kind)));
  if (!event.server.empty()) members.text("server", event.server);
  members.duration("by", event.amount);
  members.duration("for", event.length);
  members.ppm("frequency", event.frequency);
  members.flag("tsc_kept", event.tsc_kept);
  members.flag("signalled", event.signalled);
  members.flag("restored", event.restored, true);
  members.duration("every", event.every);
  return members.object();
}

}  // namespace

std::string scenario_text(const sim::Scenario& scenario) {
  std::vector<std::string> servers;
  std::vector<std::string> events;
  std::string seeds;
  std::string polls;
  std::string rates;
  for (const auto& server : scenario.servers) servers.push_back(server_text(server));
  for (const auto& event : scenario.events) events.push_back(event_text(event));
  const auto append = [](std::string& list, const std::string& value) {
    list += (list.empty() ? "" : ", ") + value;
  };
  for (const std::uint64_t seed : scenario.seeds) append(seeds, std::to_string(seed));
  for (const auto& poll : scenario.polls) append(polls, "\"" + sim::poll_text(poll) + "\"");
  for (const Ppm rate : scenario.rates) append(rates, "\"" + format_number(rate.value) + "ppm\"");
  std::string text = "{\n  \"schema\": \"" + std::string(sim::kScenarioSchema) + "\",\n";
  text += "  \"name\": \"" + scenario.name + "\",\n";
  text += "  \"comment\": \"" + scenario.comment + "\",\n";
  text += "  \"seeds\": [" + seeds + "],\n";
  if (scenario.start != sim::kWorldStart)
    text += "  \"date\": \"" + sim::date_text(scenario.start) + "\",\n";
  text += "  \"length\": \"" + format(scenario.length) + "\",\n";
  text += "  \"statistics_from\": \"" + format(scenario.statistics_from) + "\",\n";
  text += "  \"polls\": [" + polls + "],\n  \"rates\": [" + rates + "],\n";
  text += std::string("  \"honest\": ") + (scenario.honest ? "true" : "false") + ",\n";
  text += "  \"client\": " + client_text(scenario.client) + ",\n";
  text += "  \"servers\": " + list_of(servers, "  ") + ",\n";
  text += "  \"events\": " + list_of(events, "  ") + "\n}\n";
  return text;
}

}  // namespace slewd::tests
