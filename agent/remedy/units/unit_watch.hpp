// SPDX-License-Identifier: Apache-2.0
// Follows the states of units as systemd reports them. Agent thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "agent/remedy/units/unit_connection.hpp"
#include "agent/remedy/units/unit_look.hpp"
#include "agent/remedy/units/unit_state.hpp"

namespace slewd::remedy {

class UnitWatch {
 public:
  UnitWatch(os::Reactor& reactor, UnitConnection& connection);

  // A unit that stays keeps its state. At most limits::kWatchedUnits, each name once.
  void configure(const std::vector<std::string>& units);

  // The connection's events; UnitBus passes them on.
  void on_ready();
  void on_lost();
  void on_signal(sd_bus_message* message);

  // Hands each state that differs from what was last handed over to `report`.
  void report_changes(const std::function<void(const UnitState&)>& report);

  // In the order of configure().
  [[nodiscard]] std::vector<UnitState> states() const;

 private:
  struct Entry {
    UnitState state;
    UnitState reported;
    std::string id;           // of the unit of which the name may be an alias
    std::string path;         // of its object, when known
    std::uint64_t asked = 0;  // number of the look in flight, 0 without one
    bool again = false;       // something happened during that look
  };

  void look(Entry& entry, Loading loading);
  void look_at_all();
  void on_look(const std::string& unit, std::uint64_t asked, Loading loading,
               const UnitLook& found);
  void take(Entry& entry, const UnitProperties& properties);
  void set_active(Entry& entry, const std::string& active, MonoTime since);
  void forget(Entry& entry);
  void unload(Entry& entry);
  void look_again_later();
  void on_unit(sd_bus_message* message, bool is_new);
  void on_reloading(sd_bus_message* message);
  void on_properties(sd_bus_message* message);
  [[nodiscard]] Entry* find(const std::string& unit);
  void unfollow(const std::string& path);

  os::Reactor& reactor_;
  UnitConnection& connection_;
  os::Timer again_;  // for units of which systemd has said nothing
  bool reloading_ = false;
  std::uint64_t last_look_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace slewd::remedy
