// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/tls_client.hpp"

#include <array>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace slewd::remedy {
namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

// OpenSSL's newest reason; its queue is emptied, since it belongs to the whole thread.
std::string take_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : "error " + std::to_string(code);
}

Error openssl_failed(const std::string& call) {
  return Error(ErrorCode::internal, call + ": " + take_reason());
}

// Elliptic curves alone: a peer could else choose a group whose arithmetic takes this thread
// longer than a loop's turn may.
bool configure(SSL_CTX* context) {
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, "DEFAULT:!kDHE:!PSK:!SRP") == 1 &&
         SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521") == 1;
}

}  // namespace

struct TlsClient::Session {
  Context context;
  std::unique_ptr<SSL, FreeSsl> ssl;
  BIO* incoming = nullptr;  // both belong to ssl
  BIO* outgoing = nullptr;
  State state = State::handshake;
  bool agreed = false;
  std::string problem;
  std::string text;

  void shake_hands() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl.get());
    if (result == 1) {
      state = State::open;
      agreed = true;
    } else if (SSL_get_error(ssl.get(), result) != SSL_ERROR_WANT_READ) {
      give_up("no TLS handshake");
    }
  }

  void decrypt() {
    std::array<char, 4096> buffer{};
    while (state == State::open) {
      ERR_clear_error();
      std::size_t got = 0;
      const int result = SSL_read_ex(ssl.get(), buffer.data(), buffer.size(), &got);
      text.append(buffer.data(), got);
      if (result == 1) continue;
      const int reason = SSL_get_error(ssl.get(), result);
      if (reason == SSL_ERROR_WANT_READ) return;
      if (reason == SSL_ERROR_ZERO_RETURN)
        state = State::closed;
      else
        give_up("broken off");
    }
  }

  void give_up(const std::string& what) {
    state = State::broken;
    problem = what + ": " + take_reason();
  }
};

Result<TlsClient> TlsClient::make() {
  ERR_clear_error();
  auto session = std::make_unique<Session>();
  session->context.reset(SSL_CTX_new(TLS_client_method()));
  if (!session->context || !configure(session->context.get()))
    return fail(openssl_failed("SSL_CTX_new"));
  session->ssl.reset(SSL_new(session->context.get()));
  session->incoming = BIO_new(BIO_s_mem());
  session->outgoing = BIO_new(BIO_s_mem());
  if (!session->ssl || session->incoming == nullptr || session->outgoing == nullptr) {
    BIO_free(session->incoming);
    BIO_free(session->outgoing);
    return fail(openssl_failed("SSL_new"));
  }
  SSL_set_bio(session->ssl.get(), session->incoming, session->outgoing);
  SSL_set_connect_state(session->ssl.get());
  return TlsClient(std::move(session));
}

TlsClient::TlsClient(std::unique_ptr<Session> session) : session_(std::move(session)) {}
TlsClient::TlsClient(TlsClient&&) noexcept = default;
TlsClient& TlsClient::operator=(TlsClient&&) noexcept = default;
TlsClient::~TlsClient() = default;

void TlsClient::start() { session_->shake_hands(); }

void TlsClient::receive(std::string_view wire) {
  std::size_t written = 0;
  if (!wire.empty() && BIO_write_ex(session_->incoming, wire.data(), wire.size(), &written) != 1)
    return session_->give_up("no memory");
  if (session_->state == State::handshake) session_->shake_hands();
  session_->decrypt();
}

void TlsClient::send(std::string_view text) {
  if (session_->state != State::open || text.empty()) return;
  ERR_clear_error();
  std::size_t written = 0;  // all of it: a memory buffer is never full
  if (SSL_write_ex(session_->ssl.get(), text.data(), text.size(), &written) != 1)
    session_->give_up("nothing can be sent");
}

void TlsClient::close() {
  if (session_->state == State::open) SSL_shutdown(session_->ssl.get());
  ERR_clear_error();
}

std::string TlsClient::take_wire() {
  std::string wire(BIO_ctrl_pending(session_->outgoing), '\0');
  std::size_t got = 0;
  if (wire.empty() || BIO_read_ex(session_->outgoing, wire.data(), wire.size(), &got) != 1) got = 0;
  wire.resize(got);
  return wire;
}

std::string TlsClient::take_text() { return std::exchange(session_->text, {}); }

TlsClient::State TlsClient::state() const { return session_->state; }

bool TlsClient::agreed() const { return session_->agreed; }

const std::string& TlsClient::problem() const { return session_->problem; }

std::string TlsClient::version() const { return SSL_get_version(session_->ssl.get()); }

}  // namespace slewd::remedy
