#include "agent/remedy/unit_dependents.hpp"

#include <algorithm>
#include <utility>

#include "agent/remedy/unit_look.hpp"

namespace slewd::remedy {
namespace {

constexpr const char* kNoSuchUnit = "org.freedesktop.systemd1.NoSuchUnit";

bool runs(const UnitLook& found) {
  if (found.kind == BusReply::Kind::refused && found.error == kNoSuchUnit) return false;
  const auto& state = found.properties.active_state;
  return found.kind != BusReply::Kind::answered || !state ||
         (*state != "inactive" && *state != "failed");
}

}  // namespace

std::vector<std::string> stranded_by_stop(const UnitProperties& unit) {
  std::vector<std::string> stranded;
  for (const std::string& name : unit.stops_with_it) {
    const auto is = [&](const std::vector<std::string>& list) {
      return std::ranges::find(list, name) != list.end();
    };
    if (!is(unit.starts_with_it) && !is(unit.names) && !is(stranded)) stranded.push_back(name);
  }
  return stranded;
}

void find_running(UnitConnection& connection, std::vector<std::string> units, Nanos timeout,
                  std::function<void(const std::string& unit)> done) {
  if (units.empty()) return done({});
  std::string unit = std::move(units.back());
  units.pop_back();
  look_at_unit(connection, unit, Loading::if_there, timeout, nullptr,
               [&connection, unit, units = std::move(units), timeout,
                done = std::move(done)](const UnitLook& found) {
                 if (runs(found)) return done(unit);
                 find_running(connection, units, timeout, done);
               });
}

}  // namespace slewd::remedy
