// SPDX-License-Identifier: Apache-2.0
#include "rules/unit_guard.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "rules/unit_name.hpp"

namespace slewd::rules {
namespace {

TEST(UnitGuard, ProtectsWhatTheMachineAndTheOperatorNeed) {
  for (const char* unit : {"slewd.service",
                           "dbus.service",
                           "dbus.socket",
                           "dbus-broker.service",
                           "systemd-journald.service",
                           "systemd-logind.service",
                           "systemd-journald-dev-log.socket",
                           "polkit.service",
                           "ssh.service",
                           "ssh.socket",
                           "sshd.service",
                           "sshd@3-10.0.0.1.service",
                           "networking.service",
                           "NetworkManager.service",
                           "wicked.service",
                           "dhcpcd.service",
                           "ifup@eth0.service",
                           "wpa_supplicant@wlan0.service",
                           "user@1000.service",
                           "init.scope",
                           "-.slice",
                           "system.slice",
                           "-.mount",
                           "home.mount",
                           "dev-sda.device",
                           "swapfile.swap",
                           "poweroff.target",
                           "multi-user.target",
                           "basic.target"})
    EXPECT_TRUE(why_protected(unit, {})) << unit;
}

TEST(UnitGuard, LeavesServicesAndItsOwnHelpersOpen) {
  for (const char* unit :
       {"dovecot.service", "postgresql@15-main.service", "varnish.service", "apt-daily.timer",
        "cups.path", "dovecot.socket", "slewd-resume-services.timer",
        "slewd-resume-services.service", "slewd-first-sync.target", "sshguard.service"})
    EXPECT_EQ(why_protected(unit, {}), std::nullopt) << unit;
}

TEST(UnitGuard, TheOperatorsOwnCoverInstancesThroughTheirTemplate) {
  const std::vector<std::string> extra{"etcd.service", "postgresql@.service"};
  EXPECT_EQ(why_protected("etcd.service", extra), "etcd.service is protected by the configuration");
  EXPECT_TRUE(why_protected("postgresql@15-main.service", extra));
  EXPECT_FALSE(why_protected("postgresql.service", extra));
  EXPECT_TRUE(why_protected("slewd-first-sync.target", {"slewd-first-sync.target"}));
}

TEST(UnitName, TakesNamesAndRefusesTheRestWithAReason) {
  for (const char* unit : {"dovecot.service", "postgresql@15-main.service", "-.mount",
                           "dev-disk-by\\x2dlabel.swap", "a:b_c.timer"})
    EXPECT_EQ(why_no_unit(unit), std::nullopt) << unit;
  EXPECT_EQ(
      why_no_unit("dovecot"),
      "'dovecot' is not a unit: write its name with its type, for instance \"dovecot.service\"");
  EXPECT_EQ(why_no_unit("getty@.service"),
            "'getty@.service' is a template: name one of its instances");
  for (const char* unit : {"", ".service", "@x.service", "a/b.service", "a b.service", "a.servic",
                           "a.service\n", "../x.service", "dovecot.service;"})
    EXPECT_TRUE(why_no_unit(unit)) << unit;
  EXPECT_TRUE(why_no_unit(std::string(limits::kUnitNameBytes, 'a') + ".service"));
}

TEST(UnitName, ATemplateIsFoundFromItsInstance) {
  EXPECT_EQ(unit_template("getty@tty1.service"), "getty@.service");
  EXPECT_EQ(unit_template("a@b@c.d.service"), "a@.service");
  EXPECT_EQ(unit_template("dovecot.service"), "dovecot.service");
  EXPECT_EQ(unit_template("odd.a@b"), "odd.a@b");
  EXPECT_EQ(unit_kind("dovecot"), "");
}

}  // namespace
}  // namespace slewd::rules
