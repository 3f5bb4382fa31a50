// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_look.hpp"

#include <array>
#include <memory>
#include <utility>

#include <systemd/sd-bus.h>

#include "rules/unit_name.hpp"

namespace slewd::remedy {
namespace {

constexpr const char* kPropertiesInterface = "org.freedesktop.DBus.Properties";
constexpr const char* kUnitInterface = "org.freedesktop.systemd1.Unit";

// What the steps of one look share: it lives as long as one of them waits for its reply.
struct Look {
  UnitConnection& connection;
  std::string unit;
  Nanos timeout;
  std::function<void(const std::string&)> at_path;
  std::function<void(const UnitLook&)> done;
  UnitLook found;
};

void finish(Look& look, const BusReply& reply) {
  look.found.kind = reply.kind;
  look.found.error = reply.error;
  look.found.text = reply.text;
  look.done(look.found);
}

void finish_unreadable(Look& look) {
  look.found.kind = BusReply::Kind::refused;
  look.found.text = "systemd's answer about " + look.unit + " is not understood";
  look.done(look.found);
}

void ask_properties(const std::shared_ptr<Look>& look, const std::string& interface,
                    std::function<void(const BusReply&)> next) {
  look->connection.call({look->found.path, kPropertiesInterface, "GetAll", {interface}},
                        look->timeout, std::move(next));
}

void ask_result(const std::shared_ptr<Look>& look) {
  const std::string interface = result_interface(look->found.properties.id.value_or(look->unit));
  if (interface.empty()) return finish(*look, {BusReply::Kind::answered, nullptr, {}, {}, {}});
  ask_properties(look, interface, [look](const BusReply& reply) {
    if (reply.kind == BusReply::Kind::answered &&
        !read_properties(reply.message, look->found.properties))
      return finish_unreadable(*look);
    finish(*look, reply);
  });
}

void on_path(const std::shared_ptr<Look>& look, const BusReply& reply) {
  if (reply.kind != BusReply::Kind::answered) return finish(*look, reply);
  const char* path = nullptr;
  if (sd_bus_message_read(reply.message, "o", &path) <= 0) return finish_unreadable(*look);
  look->found.path = path;
  if (look->at_path) look->at_path(look->found.path);
  ask_properties(look, kUnitInterface, [look](const BusReply& unit) {
    if (unit.kind != BusReply::Kind::answered) return finish(*look, unit);
    if (!read_properties(unit.message, look->found.properties)) return finish_unreadable(*look);
    ask_result(look);
  });
}

}  // namespace

void look_at_unit(UnitConnection& connection, const std::string& unit, Loading loading,
                  Nanos timeout, std::function<void(const std::string&)> at_path,
                  std::function<void(const UnitLook&)> done) {
  const auto look = std::make_shared<Look>(
      Look{connection, unit, timeout, std::move(at_path), std::move(done), {}});
  connection.call_manager(loading == Loading::load ? "LoadUnit" : "GetUnit", {unit}, timeout,
                          [look](const BusReply& reply) { on_path(look, reply); });
}

std::string result_interface(std::string_view unit) {
  // org.freedesktop.systemd1(5): the kinds whose interface has a property Result.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kInterfaces{
      {{".service", "Service"},
       {".socket", "Socket"},
       {".timer", "Timer"},
       {".path", "Path"},
       {".mount", "Mount"},
       {".automount", "Automount"},
       {".swap", "Swap"},
       {".scope", "Scope"}}};
  const std::string_view kind = rules::unit_kind(unit);
  for (const auto& [known, name] : kInterfaces)
    if (known == kind) return "org.freedesktop.systemd1." + std::string(name);
  return {};
}

}  // namespace slewd::remedy
