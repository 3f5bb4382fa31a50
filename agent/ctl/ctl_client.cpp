// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/ctl_client.hpp"

#include <algorithm>
#include <cerrno>

#include <httplib.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.hpp"

namespace slewd::app {
namespace {

constexpr int kTimeoutSeconds = 10;
constexpr int kRetryMilliseconds = 50;

httplib::Client connect_to(const std::string& path) {
  httplib::Client client(path);
  client.set_address_family(AF_UNIX);
  client.set_connection_timeout(kTimeoutSeconds);
  client.set_read_timeout(kTimeoutSeconds);
  return client;
}

// `unavailable` only when no daemon answered.
Error unreachable(const std::string& path, httplib::Error error) {
  if (::access(path.c_str(), F_OK) != 0)
    return {ErrorCode::unavailable, path + ": no such socket; is slewd running? (--socket PATH)"};
  if (error == httplib::Error::Read)
    return {ErrorCode::unavailable,
            path + ": no answer from slewd within " + std::to_string(kTimeoutSeconds) + " s"};
  return {ErrorCode::unavailable, path + ": no answer; is slewd running?"};
}

// The daemon's error object, or the status line when the body is something else.
Error refusal(int status, const std::string& body) {
  const auto parsed = nlohmann::json::parse(body, nullptr, false);
  const auto message = parsed.is_object() && parsed.contains("error")
                           ? parsed["error"].value("message", body)
                           : "HTTP status " + std::to_string(status);
  switch (status) {
    case 403:
      return {ErrorCode::permission, message};
    case 400:
    case 409:
      return {ErrorCode::invalid, message};
    case 404:
      return {ErrorCode::not_found, message};
    case 501:
      return {ErrorCode::unsupported, message};
    default:
      return {ErrorCode::limit, message};
  }
}

Result<std::string> body_of(const httplib::Result& answer, const std::string& path) {
  if (!answer) return fail(unreachable(path, answer.error()));
  if (answer->status != 200) return fail(refusal(answer->status, answer->body));
  return answer->body;
}

// A unix socket has no host name, but the API requires one.
const httplib::Headers kHeaders{{"Host", "localhost"}};

// Waits where other clients fill the queue of the socket: the library's connect() does not.
template <class Request>
Result<std::string> send_request(const std::string& path, const Request& request) {
  for (int left = kTimeoutSeconds * 1000 / kRetryMilliseconds;; --left) {
    auto client = connect_to(path);
    const httplib::Result answer = request(client);
    if (answer || answer.error() != httplib::Error::Connection || left == 0 || !is_queue_full(path))
      return body_of(answer, path);
    (void)::poll(nullptr, 0, kRetryMilliseconds);
  }
}

}  // namespace

bool is_queue_full(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  std::ranges::copy(path, address.sun_path);
  const Fd link(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(link.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 &&
         errno == EAGAIN;
}

Result<std::string> CtlClient::get(const std::string& what) const {
  return send_request(
      path_, [&](httplib::Client& client) { return client.Get("/api/v1/" + what, kHeaders); });
}

Result<std::string> CtlClient::command(const std::string& command, const std::string& body) const {
  return send_request(path_, [&](httplib::Client& client) {
    return client.Post("/api/v1/" + command, kHeaders, body, "application/json");
  });
}

Result<std::string> CtlClient::metrics() const {
  return send_request(path_,
                      [](httplib::Client& client) { return client.Get("/metrics", kHeaders); });
}

}  // namespace slewd::app
