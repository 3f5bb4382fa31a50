// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/web/http_exchange.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include <fcntl.h>
#include <httplib.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/remedy/web/received_bytes.hpp"
#include "base/text.hpp"

namespace slewd::remedy {
namespace {

std::unique_ptr<httplib::ClientImpl> make_client(const HttpRequest& request, const Url& url,
                                                 httplib::SSLClient*& tls) {
  std::unique_ptr<httplib::ClientImpl> client;
  if (url.tls) {
    auto secure = std::make_unique<httplib::SSLClient>(url.host, url.port);
    tls = secure.get();
    if (!request.ca_file.empty()) secure->set_ca_cert_path(request.ca_file);
    secure->enable_server_certificate_verification(true);
    if (request.certificate_time && secure->ssl_context() != nullptr)
      X509_VERIFY_PARAM_set_time(
          SSL_CTX_get0_param(secure->ssl_context()),
          std::chrono::floor<std::chrono::seconds>(request.certificate_time->since_epoch).count());
    client = std::move(secure);
  } else {
    client = std::make_unique<httplib::ClientImpl>(url.host, url.port);
  }
  // Each step may take as long as the whole; who counts the whole calls cancel().
  client->set_connection_timeout(request.timeout);
  client->set_read_timeout(request.timeout);
  client->set_write_timeout(request.timeout);
  client->set_follow_location(false);
  client->set_decompress(false);  // a small answer must not become a large one
  client->set_url_encode(false);
  return client;
}

Error not_believed(const std::string& peer, const std::string& why) {
  return {ErrorCode::permission, "the certificate of " + peer + " is not believed: " + why};
}

// httplib 0.11 reports a certificate for another name like any other invalid one, 0.18
// by an error of its own. A template, so that this one is looked for only where httplib has it.
template <typename HttplibError>
bool is_for_another_name(HttplibError error, long why) {
  if constexpr (requires { HttplibError::SSLServerHostnameVerification; }) {
    if (error == HttplibError::SSLServerHostnameVerification) return true;
  }
  return error == HttplibError::SSLServerVerification && why == X509_V_OK;
}

Error error_of(httplib::Error error, const Url& url, const httplib::SSLClient* tls) {
  const std::string peer = url.origin();
  const long why = tls == nullptr ? X509_V_OK : tls->get_openssl_verify_result();
  if (is_for_another_name(error, why)) return not_believed(peer, "it is for another name");
  switch (error) {
    case httplib::Error::ConnectionTimeout:
      return {ErrorCode::timeout, peer + " does not take the connection"};
    case httplib::Error::Connection:
      return {ErrorCode::unavailable, "no connection to " + peer};
    case httplib::Error::SSLLoadingCerts:
      return {ErrorCode::permission, "the file of authorities cannot be read"};
    case httplib::Error::SSLServerVerification:
      return not_believed(peer, X509_verify_cert_error_string(why));
    case httplib::Error::SSLConnection:
      return {ErrorCode::unavailable, "no TLS with " + peer};
    default:
      return {ErrorCode::unavailable, peer + " has broken off: " + httplib::to_string(error)};
  }
}

}  // namespace

HttpExchange::HttpExchange(HttpRequest request, Url url)
    : request_(std::move(request)),
      url_(std::move(url)),
      most_bytes_(request_.max_answer_bytes + limits::kHttpCallFramingBytes) {}

void HttpExchange::on_socket(int socket) {
  const std::scoped_lock lock(mutex_);
  if (!cancelled_) {
    // What has come is read to its end even after a cut, so little may lie there.
    const int buffer = limits::kHttpCallSocketBytes;
    (void)::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    connection_ = Fd(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
    return;
  }
  // The client would go on to the next address of the name: what is no socket cannot be connected.
  const Fd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing.valid()) ::dup3(nothing.get(), socket, O_CLOEXEC);
}

void HttpExchange::cancel() {
  const std::scoped_lock lock(mutex_);
  cut();
}

void HttpExchange::look() {
  const std::scoped_lock lock(mutex_);
  if (cancelled_ || !connection_.valid()) return;
  flooded_ = received_bytes(connection_.get()) > most_bytes_;
  if (flooded_) cut();
}

bool HttpExchange::flooded() {
  const std::scoped_lock lock(mutex_);
  return flooded_;
}

void HttpExchange::cut() {
  cancelled_ = true;
  // Ends a connect, a handshake, a read or a write that waits. httplib's own stop() would wait for
  // the handshake.
  if (connection_.valid()) ::shutdown(connection_.get(), SHUT_RDWR);
}

bool HttpExchange::on_body(std::string_view piece) {
  too_long_ = response_.body.size() + piece.size() > request_.max_answer_bytes;
  if (!too_long_) response_.body += piece;
  return !too_long_;
}

Result<HttpResponse> HttpExchange::exchange() {
  httplib::SSLClient* tls = nullptr;
  const auto client = make_client(request_, url_, tls);
  client->set_socket_options([this](int socket) { on_socket(socket); });
  httplib::Request request;
  request.method = request_.method;
  request.path = url_.target;
  for (const auto& [name, value] : request_.headers) request.headers.emplace(name, value);
  request.body = request_.body;
  request.content_receiver = [this](const char* data, std::size_t size, std::uint64_t,
                                    std::uint64_t) {
    return on_body({data, size});
  };
  const httplib::Result answer = client->send(request);
  look();  // also at what came faster than anybody looked
  if (too_long_)
    return fail(ErrorCode::limit, url_.origin() + " answers more than " +
                                      std::to_string(request_.max_answer_bytes) + " bytes");
  if (flooded())
    return fail(ErrorCode::limit, url_.origin() + " sends more than " +
                                      std::to_string(most_bytes_) + " bytes for one answer");
  if (!answer) return fail(error_of(answer.error(), url_, tls));
  response_.status = answer->status;
  for (const auto& [name, value] : answer->headers)
    response_.headers.try_emplace(lower_case(name), value);
  return std::move(response_);
}

Result<HttpResponse> HttpExchange::run() {
  {
    const std::scoped_lock lock(mutex_);
    if (cancelled_) return fail(ErrorCode::timeout, "cancelled before it began");
  }
  try {
    return exchange();
  } catch (...) {
    // httplib throws when memory runs out, and on header fields that it cannot write.
    return fail(ErrorCode::internal, "the request to " + url_.origin() + " could not be made");
  }
}

}  // namespace slewd::remedy
