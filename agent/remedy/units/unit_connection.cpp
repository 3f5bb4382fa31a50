// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/units/unit_connection.hpp"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include <poll.h>
#include <systemd/sd-bus.h>

#include "base/duration.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::remedy {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kFirstBackoff = 1s;
constexpr Nanos kLongestBackoff = 1min;
constexpr Nanos kConnectTimeout = 10s;  // from opening to systemd's first answer

constexpr const char* kManagerPath = "/org/freedesktop/systemd1";
constexpr const char* kManagerInterface = "org.freedesktop.systemd1.Manager";
constexpr const char* kBusName = "org.freedesktop.DBus";

std::string sender_of(sd_bus_message* message) {
  const char* sender = sd_bus_message_get_sender(message);
  return sender == nullptr ? std::string() : std::string(sender);
}

BusReply reply_of(sd_bus_message* message) {
  const sd_bus_error* error = sd_bus_message_get_error(message);
  if (error == nullptr) return {BusReply::Kind::answered, message, sender_of(message), {}, {}};
  const std::string name = error->name == nullptr ? "" : error->name;
  const std::string text = error->message == nullptr ? name : error->message;
  // sd-bus makes NoReply up when the connection ends, and a bus daemon when the callee does.
  const bool lost = name == SD_BUS_ERROR_NO_REPLY || name == SD_BUS_ERROR_TIMEOUT ||
                    name == SD_BUS_ERROR_DISCONNECTED;
  return {lost ? BusReply::Kind::lost : BusReply::Kind::refused, nullptr, sender_of(message), name,
          one_line(text, limits::kBusAnswerBytes)};
}

}  // namespace

struct UnitConnection::Pending {
  Pending(UnitConnection& connection, std::uint64_t number, OnReply reply)
      : owner(connection), id(number), on_reply(std::move(reply)), deadline(connection.reactor_) {}
  UnitConnection& owner;
  std::uint64_t id;
  OnReply on_reply;
  os::Timer deadline;
  Slot slot;
};

BusOpener system_bus() { return &sd_bus_open_system; }

void UnitConnection::CloseBus::operator()(sd_bus* bus) const { sd_bus_close_unref(bus); }
void UnitConnection::DropSlot::operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }

UnitConnection::UnitConnection(os::Reactor& reactor, BusOpener opener, Listener listener)
    : reactor_(reactor),
      opener_(std::move(opener)),
      listener_(std::move(listener)),
      back_off_(kFirstBackoff, kLongestBackoff),
      retry_(reactor),
      soon_(reactor) {}

UnitConnection::~UnitConnection() {
  if (watched_ >= 0) reactor_.unwatch(watched_);
}

void UnitConnection::keep(bool wanted) {
  keep_ = wanted;
  if (!wanted && !bus_) retry_.stop();
  if (wanted && !bus_ && !retry_.running()) connect();
}

void UnitConnection::connect() {
  if (!bus_) retry_.start(reactor_.now(), [this] { open(); });
}

void UnitConnection::open() {
  in_turn_ = true;
  const int error = begin();
  in_turn_ = false;
  if (error < 0) return drop(system_error("system bus", -error).describe());
  arm();
}

template <int (UnitConnection::*kHandler)(sd_bus_message*)>
UnitConnection::Slot UnitConnection::match(const std::string& rule, int& error) {
  sd_bus_slot* slot = nullptr;
  error = sd_bus_add_match_async(
      bus_.get(), &slot, rule.c_str(),
      [](sd_bus_message* message, void* self, sd_bus_error*) {
        return (static_cast<UnitConnection*>(self)->*kHandler)(message);
      },
      nullptr, this);
  return Slot(slot);
}

int UnitConnection::begin() {
  sd_bus* opened = nullptr;
  int error = opener_(&opened);
  if (error < 0) return error;
  bus_.reset(opened);
  // All before Subscribe: a bus daemon handles one connection's messages in their order.
  const std::string from_systemd = std::string("type='signal',sender='") + kSystemdName + "',";
  matches_.push_back(match<&UnitConnection::on_signal>(
      from_systemd + "path='" + kManagerPath + "',interface='" + kManagerInterface + "'", error));
  if (error >= 0)
    matches_.push_back(match<&UnitConnection::on_owner>(
        std::string("type='signal',sender='") + kBusName + "',interface='" + kBusName +
            "',member='NameOwnerChanged',arg0='" + kSystemdName + "'",
        error));
  if (error < 0) return error;
  subscribe();
  return 0;
}

// Without a subscription systemd sends no signals. Its answer also contains its unique name, by
// which its signals are known: a bus daemon lets only the one who was asked answer.
void UnitConnection::subscribe() {
  call_manager("Subscribe", {}, kConnectTimeout, [this](const BusReply& reply) {
    if (reply.kind == BusReply::Kind::lost)
      return give_up("systemd does not answer: " + reply.text);
    static constexpr std::string_view kAlready = "org.freedesktop.systemd1.AlreadySubscribed";
    if (reply.kind == BusReply::Kind::refused && reply.error != kAlready)
      return give_up("systemd is not on the bus: " + reply.text);
    manager_ = reply.sender;
    ready_ = true;
    back_off_.reset();
    listener_.ready();
  });
}

void UnitConnection::call_manager(const std::string& member, std::vector<std::string> arguments,
                                  Nanos timeout, OnReply on_reply) {
  call({kManagerPath, kManagerInterface, member, std::move(arguments)}, timeout,
       std::move(on_reply));
}

void UnitConnection::call(const BusCall& what, Nanos timeout, OnReply on_reply) {
  const std::uint64_t id = ++last_call_;
  auto& pending = *pending_.emplace(id, std::make_unique<Pending>(*this, id, std::move(on_reply)))
                       .first->second;
  int error = bus_ ? 0 : -ENOTCONN;
  if (pending_.size() > limits::kBusCalls) error = -ENOBUFS;
  if (error >= 0) error = send(what, pending);
  const MonoTime now = reactor_.now();
  pending.deadline.start(error < 0 ? now : now + timeout, [this, id, error, timeout] {
    BusReply reply;
    reply.text =
        error < 0 ? system_error("bus", -error).describe() : "no answer within " + format(timeout);
    if (error < 0) reply.kind = BusReply::Kind::refused;
    answer(id, reply);
    if (failure_) return drop(*std::exchange(failure_, std::nullopt));
    if (bus_) arm();
    listener_.settled();
  });
  if (bus_ && !in_turn_) arm();
}

int UnitConnection::send(const BusCall& what, Pending& pending) {
  sd_bus_message* raw = nullptr;
  int error =
      sd_bus_message_new_method_call(bus_.get(), &raw, what.service.c_str(), what.path.c_str(),
                                     what.interface.c_str(), what.member.c_str());
  if (error < 0) return error;
  const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> message(
      raw, &sd_bus_message_unref);
  for (const std::string& argument : what.arguments)
    if (error = sd_bus_message_append_basic(raw, 's', argument.c_str()); error < 0) return error;
  // Where systemd is not, nothing shall be started in its name.
  error = sd_bus_message_set_auto_start(raw, what.start ? 1 : 0);
  if (error < 0) return error;
  sd_bus_slot* slot = nullptr;
  // Without a deadline of sd-bus: ours is on the reactor's clock.
  error = sd_bus_call_async(
      bus_.get(), &slot, raw,
      [](sd_bus_message* reply, void* data, sd_bus_error*) {
        const auto* call = static_cast<Pending*>(data);
        call->owner.answer(call->id, reply_of(reply));
        return 0;
      },
      &pending, UINT64_MAX);
  pending.slot.reset(slot);
  return error;
}

void UnitConnection::answer(std::uint64_t id, const BusReply& reply) {
  const auto entry = pending_.extract(id);
  if (!entry.empty()) entry.mapped()->on_reply(reply);
}

void UnitConnection::follow(const std::string& path) {
  if (!bus_ || followed_.contains(path)) return;
  int error = 0;
  Slot slot = match<&UnitConnection::on_signal>(
      std::string("type='signal',sender='") + kSystemdName + "',path='" + path +
          "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
      error);
  if (error < 0) return give_up(system_error("match", -error).describe());
  followed_.emplace(path, std::move(slot));
}

void UnitConnection::unfollow(const std::string& path) {
  followed_.erase(path);
  if (bus_ && !in_turn_) arm();
}

int UnitConnection::on_signal(sd_bus_message* message) {
  if (!ready_) return 0;
  if (sender_of(message) != manager_) {
    ++impostors_;
    return 0;
  }
  listener_.signal(message);
  return 0;
}

// systemd has gone or another has come: a new beginning is simpler than any repair.
int UnitConnection::on_owner(sd_bus_message* message) {
  if (sender_of(message) == kBusName) {
    give_up("systemd has left the bus");
  } else {
    ++impostors_;
  }
  return 0;
}

void UnitConnection::turn() {
  in_turn_ = true;
  int handled = 1;
  for (int i = 0; i < limits::kBusMessagesAtOnce && handled > 0 && !failure_; ++i)
    handled = sd_bus_process(bus_.get(), nullptr);
  in_turn_ = false;
  if (handled < 0 && !failure_) failure_ = system_error("system bus", -handled).describe();
  if (failure_) return drop(*std::exchange(failure_, std::nullopt));
  arm();
  listener_.settled();
}

// Watches for what sd-bus waits for. Its timeouts are all ours, except for zero: messages that are
// in memory already.
void UnitConnection::arm() {
  const int fd = sd_bus_get_fd(bus_.get());
  const int events = sd_bus_get_events(bus_.get());
  std::uint64_t micros = UINT64_MAX;
  const int timeout = sd_bus_get_timeout(bus_.get(), &micros);
  if (watched_ >= 0 && watched_ != fd) reactor_.unwatch(std::exchange(watched_, -1));
  const bool failed = fd < 0 || events < 0 || timeout < 0;
  if (!failed) {
    watched_ = fd;
    reactor_.watch(fd, static_cast<short>(events), [this](short) { turn(); });
  }
  soon_.stop();
  if (failed || micros == 0) soon_.start(reactor_.now(), [this] { turn(); });
}

void UnitConnection::give_up(const std::string& why) {
  if (failure_) return;
  failure_ = why;
  if (bus_ && !in_turn_) soon_.start(reactor_.now(), [this] { turn(); });
}

void UnitConnection::drop(const std::string& why) {
  soon_.stop();
  if (watched_ >= 0) reactor_.unwatch(std::exchange(watched_, -1));
  ready_ = false;
  manager_.clear();
  const auto unanswered = std::exchange(pending_, {});
  for (const auto& [id, call] : unanswered) {
    call->slot.reset();
    call->deadline.stop();
  }
  matches_.clear();
  followed_.clear();
  bus_.reset();
  if (keep_) retry_.start(reactor_.now() + back_off_.next(), [this] { open(); });
  BusReply reply;
  reply.text = why;
  for (const auto& [id, call] : unanswered)
    if (call->on_reply) call->on_reply(reply);
  failure_.reset();  // Subscribe's own reply asks to give up what is gone already
  listener_.lost(why);
  listener_.settled();
}

}  // namespace slewd::remedy
