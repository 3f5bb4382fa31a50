// SPDX-License-Identifier: Apache-2.0
// polkit, which systemd asks whether a user without rights may act on a unit. The bus starts it
// when it is first asked: that is done ahead, so that an outage does not wait for it, and so that
// its absence is reported before an action is refused for it. Agent thread only.
#pragma once

#include <functional>
#include <string>

#include "agent/remedy/units/unit_connection.hpp"

namespace slewd::remedy {

class UnitAuthority {
 public:
  // Called at most once for each connection: why systemd will deny every action.
  using OnAbsent = std::function<void(const std::string& why)>;

  UnitAuthority(UnitConnection& connection, OnAbsent on_absent);

  // Whether acts are to come. As root none is asked for.
  void expect(bool acts);
  [[nodiscard]] bool expected() const { return expected_; }
  void on_ready();

 private:
  void wake();

  UnitConnection& connection_;
  OnAbsent on_absent_;
  bool expected_ = false;
};

}  // namespace slewd::remedy
