// SPDX-License-Identifier: Apache-2.0
// The conversation with systemd's manager over the system bus, by the reactor's thread alone:
// opened, kept, opened again; calls with deadlines; signals of systemd only. Agent thread
// only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/os/reactor.hpp"
#include "base/jitter.hpp"

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace slewd::remedy {

// Begins a connection without waiting for it, as sd_bus_open_system(3) does; below zero an errno,
// and then there is no bus to free.
using BusOpener = std::function<int(sd_bus**)>;
[[nodiscard]] BusOpener system_bus();

inline constexpr const char* kSystemdName = "org.freedesktop.systemd1";

struct BusCall {
  std::string path;
  std::string interface;
  std::string member;
  std::vector<std::string> arguments{};  // all methods in use take strings
  std::string service = kSystemdName;
  bool start = false;  // the bus starts the service first where it does not run
};

struct BusReply {
  enum class Kind {
    answered,
    refused,  // an error of systemd or of the bus: the call has done nothing
    lost      // no answer within the time, or the connection ended: it may have been done
  };
  Kind kind = Kind::lost;
  sd_bus_message* message = nullptr;  // when answered; valid within the callback
  std::string sender;                 // unique name; empty where there is no bus daemon
  std::string error;                  // D-Bus name of the error, when refused
  std::string text;                   // for people, when not answered
};

class UnitConnection {
 public:
  using OnReply = std::function<void(const BusReply&)>;
  // Called from the reactor's turns; none may destroy the connection.
  struct Listener {
    std::function<void()> ready;  // connected, and systemd sends its signals from now on
    std::function<void(const std::string&)> lost;  // every call before it has had its reply
    std::function<void(sd_bus_message*)> signal;   // systemd's own, with valid contents
    std::function<void()> settled;                 // all that had come has been handled
  };

  UnitConnection(os::Reactor& reactor, BusOpener opener, Listener listener);
  UnitConnection(const UnitConnection&) = delete;
  UnitConnection& operator=(const UnitConnection&) = delete;
  ~UnitConnection();  // calls nothing back

  // Whether a connection that is lost is sought again, after 1 s, then 2 s, and so on up to 1 min.
  void keep(bool wanted);
  // Connects at the loop's next turn, whatever the back-off says, unless it is connected already.
  // Answers through ready() or lost().
  void connect();
  [[nodiscard]] bool ready() const { return ready_; }

  // Only when ready. `on_reply` is called exactly once, never from within call(), and not any more
  // once the connection is destroyed.
  void call(const BusCall& what, Nanos timeout, OnReply on_reply);
  // To systemd's manager object.
  void call_manager(const std::string& member, std::vector<std::string> arguments, Nanos timeout,
                    OnReply on_reply);

  // Brings PropertiesChanged of this object to signal(), until the connection is lost or
  // unfollow().
  void follow(const std::string& path);
  void unfollow(const std::string& path);

  // Signals that posed as systemd's and were dropped: any local user may send one.
  [[nodiscard]] std::uint64_t impostors() const { return impostors_; }

 private:
  struct CloseBus {
    void operator()(sd_bus* bus) const;
  };
  struct DropSlot {
    void operator()(sd_bus_slot* slot) const;
  };
  using Slot = std::unique_ptr<sd_bus_slot, DropSlot>;
  struct Pending;

  void open();
  [[nodiscard]] int begin();
  template <int (UnitConnection::*kHandler)(sd_bus_message*)>
  [[nodiscard]] Slot match(const std::string& rule, int& error);
  [[nodiscard]] int send(const BusCall& what, Pending& pending);
  void subscribe();
  void turn();
  void arm();
  void answer(std::uint64_t id, const BusReply& reply);
  void give_up(const std::string& why);
  void drop(const std::string& why);
  int on_signal(sd_bus_message* message);
  int on_owner(sd_bus_message* message);

  os::Reactor& reactor_;
  BusOpener opener_;
  Listener listener_;
  bool keep_ = false;
  bool ready_ = false;
  bool in_turn_ = false;
  BackOff back_off_;
  os::Timer retry_;
  os::Timer soon_;
  int watched_ = -1;
  std::uint64_t last_call_ = 0;
  std::uint64_t impostors_ = 0;
  std::string manager_;  // the unique name of systemd; empty where there is no bus daemon between
  std::optional<std::string> failure_;  // to be acted upon at the end of the turn
  std::unique_ptr<sd_bus, CloseBus> bus_;
  std::vector<Slot> matches_;
  std::map<std::string, Slot> followed_;
  std::map<std::uint64_t, std::unique_ptr<Pending>> pending_;  // destroyed before the bus
};

}  // namespace slewd::remedy
