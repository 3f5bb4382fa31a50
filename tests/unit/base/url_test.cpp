// SPDX-License-Identifier: Apache-2.0
#include "base/url.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace slewd {
namespace {

std::string problem_of(std::string_view text) {
  const auto url = parse_url(text);
  return url ? "taken" : url.error().message().substr(0, url.error().message().find(';'));
}

TEST(Url, HasItsParts) {
  const auto url = parse_url("http://127.0.0.1:8080/health?deep=1#part");
  ASSERT_TRUE(url);
  EXPECT_FALSE(url->tls);
  EXPECT_EQ(url->host, "127.0.0.1");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->target, "/health?deep=1");
  EXPECT_EQ(url->authority(), "127.0.0.1:8080");
}

TEST(Url, HasDefaults) {
  EXPECT_EQ(parse_url("http://example.net")->port, 80);
  EXPECT_EQ(parse_url("https://example.net")->port, 443);
  EXPECT_TRUE(parse_url("https://example.net")->tls);
  EXPECT_EQ(parse_url("http://example.net?a")->target, "/?a");
  EXPECT_EQ(parse_url("https://example.net:443")->authority(), "example.net");
  EXPECT_EQ(parse_url("http://example.net:443")->authority(), "example.net:443");
}

TEST(Url, BracketsAnIpv6Address) {
  const auto url = parse_url("http://[::1]:81/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:81");
  EXPECT_EQ(problem_of("http://[::1/"), "the URL has no valid host");
  EXPECT_EQ(problem_of("http://[::1]81/"), "the URL has no valid port");
}

TEST(Url, RefusesWhatIsNone) {
  EXPECT_EQ(problem_of("ftp://example.net/"), "the URL is neither http:// nor https://");
  EXPECT_EQ(problem_of("http://"), "the URL has no valid host");
  EXPECT_EQ(problem_of("http://:80/"), "the URL has no valid host");
  EXPECT_EQ(problem_of("http://a,b/"), "the URL has no valid host");
  EXPECT_EQ(problem_of("http://me:secret@example.net/"), "the URL names a user");
  for (const std::string port : {"", "0", "65536", "+80", "8o", "99999999999"})
    EXPECT_EQ(problem_of("http://example.net:" + port + "/"), "the URL has no valid port") << port;
  EXPECT_EQ(problem_of("http://example.net/a\r\nHost: b"),
            "the URL has a space, a control character or a byte beyond ASCII");
  EXPECT_FALSE(parse_url("http://example.net/" + std::string(limits::kUrlBytes, 'a')));
}

}  // namespace
}  // namespace slewd
