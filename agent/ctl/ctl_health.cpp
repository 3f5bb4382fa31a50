// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_health.hpp"

#include <httplib.h>
#include <sys/socket.h>

#include "base/one_line.hpp"
#include "base/url.hpp"

namespace slewd::app {
namespace {

// For the connection and for each read: together less than a supervisor's timeout.
constexpr int kHealthMilliseconds = 900;
constexpr std::size_t kAnswerBytes = 200;

void set_timeouts(httplib::Client& client) {
  client.set_connection_timeout(0, kHealthMilliseconds * 1000);
  client.set_read_timeout(0, kHealthMilliseconds * 1000);
  client.set_write_timeout(0, kHealthMilliseconds * 1000);
}

Result<std::string> answer_text(const httplib::Result& answer, const std::string& place) {
  if (!answer) {
    const bool slow = answer.error() == httplib::Error::Read;
    return fail(ErrorCode::unavailable,
                place + (slow ? ": slewd accepts the request but does not answer in time"
                              : ": no answer; is slewd running?"));
  }
  const std::string text = one_line(answer->body.substr(0, answer->body.find('\n')), kAnswerBytes);
  if (answer->status == 200) return text;
  return fail(ErrorCode::limit, place + ": HTTP status " + std::to_string(answer->status) +
                                    (text.empty() ? "" : ": " + text));
}

}  // namespace

Result<std::string> ask_health(const HealthQuestion& question) {
  const char* const path = question.ready ? "/-/ready" : "/-/healthy";
  if (question.url.empty()) {
    httplib::Client client(question.socket);
    client.set_address_family(AF_UNIX);
    set_timeouts(client);
    return answer_text(client.Get(path, {{"Host", "localhost"}}), question.socket);
  }
  const auto url = parse_url(question.url);
  if (!url) return fail(Error(url.error()).within("--url"));
  if (url->tls || url->target != "/")
    return fail(ErrorCode::invalid, "--url: must be http://HOST:PORT without a path");
  httplib::Client client(url->host, url->port);
  set_timeouts(client);
  return answer_text(client.Get(path), url->origin());
}

}  // namespace slewd::app
