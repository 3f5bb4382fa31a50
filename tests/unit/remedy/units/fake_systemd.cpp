// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/remedy/units/fake_systemd.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <sys/socket.h>
#include <systemd/sd-bus.h>

namespace slewd::remedy {
namespace {

constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnit = "org.freedesktop.systemd1.Unit";
constexpr const char* kUnitPrefix = "/org/freedesktop/systemd1/unit";

void must(int result) {
  if (result < 0) std::abort();
}

void append_text(sd_bus_message* reply, const char* name, const std::string& value) {
  must(sd_bus_message_append(reply, "{sv}", name, "s", value.c_str()));
}

void append_texts(sd_bus_message* reply, const char* name, const std::vector<std::string>& texts) {
  must(sd_bus_message_open_container(reply, 'e', "sv"));
  must(sd_bus_message_append(reply, "s", name));
  must(sd_bus_message_open_container(reply, 'v', "as"));
  must(sd_bus_message_open_container(reply, 'a', "s"));
  for (const std::string& text : texts) must(sd_bus_message_append(reply, "s", text.c_str()));
  for (int i = 0; i < 3; ++i) must(sd_bus_message_close_container(reply));
}

std::string unit_of(const char* path) {
  char* name = nullptr;
  must(sd_bus_path_decode(path, kUnitPrefix, &name));
  if (name == nullptr) return {};
  std::string unit(name);
  std::free(name);
  return unit;
}

}  // namespace

std::string unit_path(const std::string& unit) {
  char* path = nullptr;
  must(sd_bus_path_encode(kUnitPrefix, unit.c_str(), &path));
  std::string encoded(path);
  std::free(path);
  return encoded;
}

void FakeSystemd::CloseBus::operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }

BusOpener FakeSystemd::opener() {
  return [this](sd_bus** client) {
    ++opened;
    if (absent) return -ENOENT;
    hang_up();
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
    sd_bus* server = nullptr;
    sd_id128_t identity{};
    must(sd_id128_randomize(&identity));
    must(sd_bus_new(&server));
    must(sd_bus_set_fd(server, ends[0], ends[0]));
    must(sd_bus_set_server(server, 1, identity));
    must(sd_bus_set_anonymous(server, 1));
    must(sd_bus_set_sender(server, "org.freedesktop.systemd1"));
    serve(server);
    must(sd_bus_new(client));
    must(sd_bus_set_fd(*client, ends[1], ends[1]));
    must(sd_bus_set_anonymous(*client, 1));
    return sd_bus_start(*client);
  };
}

void FakeSystemd::join(const std::string& address, const std::string& name) {
  hang_up();
  sd_bus* client = nullptr;
  must(sd_bus_new(&client));
  must(sd_bus_set_address(client, address.c_str()));
  must(sd_bus_set_bus_client(client, 1));
  serve(client);
  if (!name.empty())
    must(sd_bus_request_name_async(bus_.get(), nullptr, name.c_str(), 0, nullptr, nullptr));
  arm();
}

void FakeSystemd::serve(sd_bus* bus) {
  bus_.reset(bus);
  must(sd_bus_add_filter(
      bus, nullptr,
      [](sd_bus_message* message, void* self, sd_bus_error*) {
        return static_cast<FakeSystemd*>(self)->on_call(message);
      },
      this));
  must(sd_bus_start(bus));
  arm();
}

void FakeSystemd::hang_up() {
  if (watched_ >= 0) reactor_.unwatch(std::exchange(watched_, -1));
  bus_.reset();
  jobs_.clear();
  subscribed = false;
}

void FakeSystemd::arm() {
  watched_ = sd_bus_get_fd(bus_.get());
  const int events = sd_bus_get_events(bus_.get());
  if (watched_ < 0 || events < 0) return hang_up();
  reactor_.watch(watched_, static_cast<short>(events), [this](short) { turn(); });
}

void FakeSystemd::turn() {
  int handled = 1;
  while (handled > 0 && bus_) handled = sd_bus_process(bus_.get(), nullptr);
  if (!bus_) return;
  if (handled < 0) return hang_up();
  arm();
}

int FakeSystemd::count(const std::string& call) const {
  return static_cast<int>(std::ranges::count(calls, call));
}

std::string FakeSystemd::own_name(const std::string& unit) const {
  for (const auto& [name, one] : units)
    if (std::ranges::find(one.aliases, unit) != one.aliases.end()) return name;
  return unit;
}

int FakeSystemd::on_call(sd_bus_message* message) {
  const char* member = sd_bus_message_get_member(message);
  std::uint8_t type = 0;
  must(sd_bus_message_get_type(message, &type));
  if (type != SD_BUS_MESSAGE_METHOD_CALL || member == nullptr) return 0;
  if (!mute) answer(message, member);
  return 1;
}

void FakeSystemd::answer(sd_bus_message* message, const std::string& member) {
  if (member == "Ping") {
    ++pings;
    if (!no_polkit) return must(sd_bus_reply_method_return(message, ""));
    return must(sd_bus_reply_method_errorf(
        message, SD_BUS_ERROR_SERVICE_UNKNOWN,
        "The name org.freedesktop.PolicyKit1 was not provided by any .service files"));
  }
  const char* argument = "";
  if (member != "Subscribe") must(sd_bus_message_read(message, "s", &argument));
  calls.push_back(member + " " + argument);
  const std::string unit = own_name(argument);
  if (member == "Subscribe") {
    if (subscribed)
      return must(sd_bus_reply_method_errorf(message, "org.freedesktop.systemd1.AlreadySubscribed",
                                             "Client is already subscribed."));
    subscribed = true;
    return must(sd_bus_reply_method_return(message, ""));
  }
  if (member == "LoadUnit" || member == "GetUnit") {
    if (unreadable.contains(unit))
      return must(sd_bus_reply_method_errorf(message, SD_BUS_ERROR_NO_MEMORY, "no memory left"));
    const auto known = units.find(unit);
    const bool there = known != units.end() && known->second.in_memory;
    if (!there && member == "GetUnit")
      return must(sd_bus_reply_method_errorf(message, "org.freedesktop.systemd1.NoSuchUnit",
                                             "Unit %s not loaded.", unit.c_str()));
    return must(sd_bus_reply_method_return(message, "o", unit_path(unit).c_str()));
  }
  if (member == "GetAll") return answer_properties(message, argument);
  answer_act(message, member, unit);
}

void FakeSystemd::answer_act(sd_bus_message* message, const std::string& verb,
                             const std::string& unit) {
  const char* mode = nullptr;
  must(sd_bus_message_read(message, "s", &mode));
  calls.back() += std::string(" ") + mode;
  if (denied.contains(verb + " " + unit))
    return must(
        sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED, "Permission denied"));
  const Job job{"/org/freedesktop/systemd1/job/" + std::to_string(++last_job_), unit};
  if (end_before_answer) tell_job_removed(job.path, unit, auto_result);
  must(sd_bus_reply_method_return(message, "o", job.path.c_str()));
  if (end_before_answer) return;
  jobs_.push_back(job);
  if (!auto_result.empty()) finish_job(auto_result);
  if (on_job) on_job();
}

void FakeSystemd::append_properties(sd_bus_message* reply, const FakeUnit& unit,
                                    const std::string& name, const std::string& interface) {
  must(sd_bus_message_open_container(reply, 'a', "{sv}"));
  if (interface == kUnit) {
    must(sd_bus_message_append(reply, "{sv}", "After", "as", 2, "a.service", "b.service"));
    append_text(reply, "Id", name);
    std::vector<std::string> names{name};
    names.insert(names.end(), unit.aliases.begin(), unit.aliases.end());
    append_texts(reply, "Names", names);
    append_texts(reply, "RequiredBy", unit.required_by);
    append_texts(reply, "Wants", unit.wants);
    append_text(reply, "LoadState", unit.load_state);
    append_text(reply, "ActiveState", unit.active_state);
    append_text(reply, "SubState", unit.sub_state);
    must(sd_bus_message_append(reply, "{sv}", "StateChangeTimestampMonotonic", "t",
                               unit.changed_micros));
    must(sd_bus_message_append(reply, "{sv}", "InactiveExitTimestampMonotonic", "t",
                               unit.started_micros));
  } else {
    append_text(reply, "Result", unit.result);
    must(sd_bus_message_append(reply, "{sv}", "ExecMainStatus", "i", unit.exec_main_status));
  }
  must(sd_bus_message_close_container(reply));
}

void FakeSystemd::answer_properties(sd_bus_message* message, const std::string& interface) {
  const std::string name = unit_of(sd_bus_message_get_path(message));
  FakeUnit unknown;
  unknown.load_state = "not-found";
  unknown.active_state = "inactive";
  unknown.sub_state = "dead";
  const auto known = units.find(name);
  sd_bus_message* reply = nullptr;
  must(sd_bus_message_new_method_return(message, &reply));
  append_properties(reply, known == units.end() ? unknown : known->second, name, interface);
  must(sd_bus_send(bus_.get(), reply, nullptr));
  sd_bus_message_unref(reply);
}

void FakeSystemd::finish_job(const std::string& result) {
  if (jobs_.empty()) std::abort();
  const Job job = jobs_.front();
  jobs_.erase(jobs_.begin());
  tell_job_removed(job.path, job.unit, result);
}

void FakeSystemd::tell_job_removed(const std::string& job, const std::string& unit,
                                   const std::string& result) {
  must(sd_bus_emit_signal(bus_.get(), kManagerPath, kManager, "JobRemoved", "uoss", 7U, job.c_str(),
                          unit.c_str(), result.c_str()));
  arm();
}

void FakeSystemd::change(const std::string& unit, const std::string& active,
                         const std::string& sub) {
  FakeUnit& one = units[unit];
  one.active_state = active;
  one.sub_state = sub;
  const std::string path = unit_path(unit);
  for (const std::string interface : {"org.freedesktop.systemd1.Service", kUnit}) {
    sd_bus_message* signal = nullptr;
    must(sd_bus_message_new_signal(bus_.get(), &signal, path.c_str(),
                                   "org.freedesktop.DBus.Properties", "PropertiesChanged"));
    must(sd_bus_message_append(signal, "s", interface.c_str()));
    append_properties(signal, one, unit, interface);
    must(sd_bus_message_append(signal, "as", 1, "Conditions"));
    must(sd_bus_send(bus_.get(), signal, nullptr));
    sd_bus_message_unref(signal);
  }
  arm();
}

void FakeSystemd::tell_new(const std::string& unit) {
  units[unit].in_memory = true;
  must(sd_bus_emit_signal(bus_.get(), kManagerPath, kManager, "UnitNew", "so", unit.c_str(),
                          unit_path(unit).c_str()));
  arm();
}

void FakeSystemd::tell_removed(const std::string& unit) {
  units[unit].in_memory = false;
  must(sd_bus_emit_signal(bus_.get(), kManagerPath, kManager, "UnitRemoved", "so", unit.c_str(),
                          unit_path(unit).c_str()));
  arm();
}

void FakeSystemd::send_to_all_clients(const std::string& unit) {
  for (int number = 0; number < 16; ++number) {
    sd_bus_message* signal = nullptr;
    must(sd_bus_message_new_signal(bus_.get(), &signal, kManagerPath, kManager, "JobRemoved"));
    must(sd_bus_message_append(signal, "uoss", 7U, "/org/freedesktop/systemd1/job/1", unit.c_str(),
                               "done"));
    must(sd_bus_send_to(bus_.get(), signal, (":1." + std::to_string(number)).c_str(), nullptr));
    sd_bus_message_unref(signal);
  }
  arm();
}

void FakeSystemd::tell_reloading(bool active) {
  must(sd_bus_emit_signal(bus_.get(), kManagerPath, kManager, "Reloading", "b", active ? 1 : 0));
  arm();
}

}  // namespace slewd::remedy
