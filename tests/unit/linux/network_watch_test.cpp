#include "agent/linux/network_watch.hpp"

#include <cstring>
#include <vector>

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace slewd::os {
namespace {

std::vector<std::byte> message(std::uint16_t type, unsigned flags = 0) {
  nlmsghdr head{};
  ifinfomsg link{};
  link.ifi_flags = flags;
  head.nlmsg_len = sizeof head + sizeof link;
  head.nlmsg_type = type;
  std::vector<std::byte> bytes(head.nlmsg_len);
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &link, sizeof link);
  return bytes;
}

TEST(NetworkWatch, TellsOfNewAddressesRoutesAndRunningLinks) {
  EXPECT_TRUE(tells_of_network(message(RTM_NEWADDR)));
  EXPECT_TRUE(tells_of_network(message(RTM_NEWROUTE)));
  EXPECT_TRUE(tells_of_network(message(RTM_NEWLINK, IFF_UP | IFF_RUNNING)));
}

TEST(NetworkWatch, IsSilentOfWhatBringsNoNetwork) {
  EXPECT_FALSE(tells_of_network(message(RTM_NEWLINK, IFF_UP)));
  for (const std::uint16_t type : {RTM_DELADDR, RTM_DELROUTE, RTM_DELLINK, RTM_NEWNEIGH})
    EXPECT_FALSE(tells_of_network(message(type, IFF_RUNNING)));
}

TEST(NetworkWatch, FindsTheNewsBehindOtherMessages) {
  std::vector<std::byte> both = message(RTM_DELROUTE);
  const std::vector<std::byte> second = message(RTM_NEWADDR);
  both.insert(both.end(), second.begin(), second.end());
  EXPECT_TRUE(tells_of_network(both));
}

TEST(NetworkWatch, ATruncatedMessageIsNoNews) {
  const std::vector<std::byte> whole = message(RTM_NEWADDR);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(tells_of_network(std::span(whole).first(size))) << size;
  std::vector<std::byte> endless = message(RTM_DELADDR);
  std::memset(endless.data(), 0, sizeof(std::uint32_t));
  EXPECT_FALSE(tells_of_network(endless));
}

}  // namespace
}  // namespace slewd::os
