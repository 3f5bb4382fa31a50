// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_watch.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <systemd/sd-bus.h>

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kLookTimeout = 10s;  // as long as a busy systemd may take to read a unit's files
constexpr Nanos kLookAgain = 30s;    // after that had not been enough
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";

}  // namespace

UnitWatch::UnitWatch(os::Reactor& reactor, UnitConnection& connection)
    : reactor_(reactor), connection_(connection), again_(reactor) {}

void UnitWatch::configure(const std::vector<std::string>& units) {
  std::vector<Entry> old = std::exchange(entries_, {});
  for (const std::string& unit : units) {
    const auto known = std::ranges::find(
        old, unit, [](const Entry& entry) -> const std::string& { return entry.state.unit; });
    if (known != old.end()) {
      entries_.push_back(std::move(*known));
      old.erase(known);
      continue;
    }
    Entry fresh;
    fresh.state.unit = unit;
    fresh.state.since = reactor_.now();
    fresh.reported = fresh.state;
    entries_.push_back(std::move(fresh));
  }
  for (const Entry& gone : old) unfollow(gone.path);
  if (!connection_.ready()) return;
  for (Entry& entry : entries_)
    if (entry.path.empty() && entry.asked == 0) look(entry, Loading::load);
}

void UnitWatch::on_ready() {
  reloading_ = false;
  look_at_all();
}

void UnitWatch::on_lost() {
  reloading_ = false;
  for (Entry& entry : entries_) {
    entry.path.clear();
    entry.asked = 0;
    entry.again = false;
    forget(entry);
  }
}

void UnitWatch::look_at_all() {
  for (Entry& entry : entries_) look(entry, Loading::load);
}

void UnitWatch::look(Entry& entry, Loading loading) {
  if (entry.asked != 0) {
    entry.again = true;
    return;
  }
  const std::uint64_t number = ++last_look_;
  entry.asked = number;
  entry.again = false;
  const std::string unit = entry.state.unit;
  look_at_unit(
      connection_, unit, loading, kLookTimeout,
      [this, unit, number](const std::string& path) {
        Entry* asking = find(unit);
        if (asking == nullptr || asking->asked != number) return;
        if (asking->path != path) unfollow(std::exchange(asking->path, path));
        connection_.follow(path);
      },
      [this, unit, number, loading](const UnitLook& found) {
        on_look(unit, number, loading, found);
      });
}

void UnitWatch::on_look(const std::string& unit, std::uint64_t asked, Loading loading,
                        const UnitLook& found) {
  Entry* entry = find(unit);
  if (entry == nullptr || entry->asked != asked) return;
  entry->asked = 0;
  if (found.kind == BusReply::Kind::answered) {
    take(*entry, found.properties);
  } else if (loading == Loading::if_there && found.kind == BusReply::Kind::refused) {
    unload(*entry);  // gone again meanwhile
  } else {
    forget(*entry);
    if (found.kind == BusReply::Kind::lost) look_again_later();
  }
  // Without loading: a unit that nothing keeps in memory would come and go with each look.
  if (entry->again && connection_.ready()) look(*entry, Loading::if_there);
}

// A unit that does not change sends nothing: it would stay unknown for as long as it runs.
void UnitWatch::look_again_later() {
  if (again_.running()) return;
  again_.start(reactor_.now() + kLookAgain, [this] {
    if (!connection_.ready()) return;  // all are looked at once it is
    for (Entry& entry : entries_)
      if (entry.asked == 0 && entry.state.active_state == "unknown") look(entry, Loading::load);
  });
}

void UnitWatch::set_active(Entry& entry, const std::string& active, MonoTime since) {
  if (entry.state.active_state == active) return;
  entry.state.active_state = active;
  entry.state.since = since;
}

void UnitWatch::take(Entry& entry, const UnitProperties& properties) {
  const MonoTime now = reactor_.now();
  const bool first = entry.state.active_state == "unknown";
  if (properties.id) entry.id = *properties.id;
  if (properties.active_state)
    set_active(entry, *properties.active_state,
               first ? std::min(now, properties.state_change.value_or(now)) : now);
  if (properties.start) entry.state.started = properties.start;
  if (properties.sub_state) entry.state.sub_state = *properties.sub_state;
  if (properties.load_state) entry.state.load_state = *properties.load_state;
  if (properties.result) entry.state.result = *properties.result;
  if (properties.exec_main_status) entry.state.exec_main_status = *properties.exec_main_status;
}

void UnitWatch::forget(Entry& entry) {
  set_active(entry, "unknown", reactor_.now());
  entry.state.sub_state.clear();
  entry.state.result.clear();
  entry.state.load_state.clear();
  entry.state.started.reset();
  entry.state.exec_main_status = 0;
}

// systemd keeps in memory what runs, has failed or is wanted by something: what it lets go of is
// inactive, and its last result is forgotten.
void UnitWatch::unload(Entry& entry) {
  set_active(entry, "inactive", reactor_.now());
  entry.state.sub_state = "dead";
  entry.state.result.clear();
  entry.state.exec_main_status = 0;
}

void UnitWatch::on_signal(sd_bus_message* message) {
  if (sd_bus_message_is_signal(message, kManager, "UnitNew") > 0) {
    on_unit(message, true);
  } else if (sd_bus_message_is_signal(message, kManager, "UnitRemoved") > 0) {
    on_unit(message, false);
  } else if (sd_bus_message_is_signal(message, kManager, "Reloading") > 0) {
    on_reloading(message);
  } else if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Properties",
                                      "PropertiesChanged") > 0) {
    on_properties(message);
  }
}

void UnitWatch::on_unit(sd_bus_message* message, bool is_new) {
  const char* unit = nullptr;
  // A reload lets go of every unit and takes it up again; its end is the time to look.
  if (reloading_ || sd_bus_message_read(message, "s", &unit) <= 0) return;
  for (Entry& entry : entries_) {
    if (entry.state.unit != unit && entry.id != unit) continue;
    if (is_new || entry.asked != 0) {
      look(entry, Loading::if_there);
    } else {
      unload(entry);
    }
  }
}

void UnitWatch::on_reloading(sd_bus_message* message) {
  int active = 0;
  if (sd_bus_message_read(message, "b", &active) <= 0) return;
  reloading_ = active != 0;
  if (!reloading_) look_at_all();
}

void UnitWatch::on_properties(sd_bus_message* message) {
  const char* path = sd_bus_message_get_path(message);
  const char* interface = nullptr;
  UnitProperties changed;
  if (path == nullptr || reloading_ || sd_bus_message_read(message, "s", &interface) <= 0) return;
  if (!read_properties(message, changed)) return;
  for (Entry& entry : entries_)
    if (entry.path == path) take(entry, changed);
}

void UnitWatch::report_changes(const std::function<void(const UnitState&)>& report) {
  std::vector<UnitState> changed;
  for (Entry& entry : entries_) {
    if (entry.state == entry.reported) continue;
    entry.reported = entry.state;
    changed.push_back(entry.state);
  }
  for (const UnitState& state : changed) report(state);
}

std::vector<UnitState> UnitWatch::states() const {
  std::vector<UnitState> all;
  all.reserve(entries_.size());
  for (const Entry& entry : entries_) all.push_back(entry.state);
  return all;
}

UnitWatch::Entry* UnitWatch::find(const std::string& unit) {
  const auto found = std::ranges::find(
      entries_, unit, [](const Entry& entry) -> const std::string& { return entry.state.unit; });
  return found == entries_.end() ? nullptr : &*found;
}

// Two names may be of one unit.
void UnitWatch::unfollow(const std::string& path) {
  if (path.empty() || std::ranges::find(entries_, path, &Entry::path) != entries_.end()) return;
  connection_.unfollow(path);
}

}  // namespace slewd::remedy
