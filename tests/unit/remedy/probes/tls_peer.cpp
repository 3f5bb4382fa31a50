// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/remedy/probes/tls_peer.hpp"

#include <array>
#include <cstdlib>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace slewd::remedy {
namespace {

constexpr long kCertificateSeconds = 3600;

void must_hold(bool good) {
  if (!good) std::abort();
}

// A key on a curve, and a certificate for it that it has signed itself.
void certify(SSL_CTX* context) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  must_hold(key != nullptr && certificate != nullptr);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kCertificateSeconds);
  constexpr std::string_view kName = "nobody.test";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(kName.data()),
                             static_cast<int>(kName.size()), -1, 0);
  must_hold(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1);
  must_hold(X509_set_pubkey(certificate, key) == 1);
  must_hold(X509_sign(certificate, key, EVP_sha256()) > 0);
  must_hold(SSL_CTX_use_certificate(context, certificate) == 1);
  must_hold(SSL_CTX_use_PrivateKey(context, key) == 1);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

int version_of(TlsPeer::Newest newest) {
  switch (newest) {
    case TlsPeer::Newest::tls_1_1:
      return TLS1_1_VERSION;
    case TlsPeer::Newest::tls_1_2:
      return TLS1_2_VERSION;
    case TlsPeer::Newest::tls_1_3:
      return TLS1_3_VERSION;
  }
  return 0;
}

}  // namespace

struct TlsPeer::Session {
  SSL_CTX* context = nullptr;
  SSL* ssl = nullptr;
};

TlsPeer::TlsPeer(Newest newest) : session_(std::make_unique<Session>()) {
  session_->context = SSL_CTX_new(TLS_server_method());
  must_hold(session_->context != nullptr);
  // Old versions are allowed here, so that it is the client who refuses them.
  SSL_CTX_set_security_level(session_->context, 0);
  must_hold(SSL_CTX_set_min_proto_version(session_->context, TLS1_VERSION) == 1);
  must_hold(SSL_CTX_set_max_proto_version(session_->context, version_of(newest)) == 1);
  certify(session_->context);
  session_->ssl = SSL_new(session_->context);
  must_hold(session_->ssl != nullptr);
  SSL_set_bio(session_->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(session_->ssl);
}

TlsPeer::~TlsPeer() {
  SSL_free(session_->ssl);
  SSL_CTX_free(session_->context);
}

std::string TlsPeer::receive(std::string_view wire) {
  if (!wire.empty())
    BIO_write(SSL_get_rbio(session_->ssl), wire.data(), static_cast<int>(wire.size()));
  if (SSL_is_init_finished(session_->ssl) == 0 && SSL_do_handshake(session_->ssl) == 1)
    say(greeting);
  if (SSL_is_init_finished(session_->ssl) == 1) listen();
  return take_wire();
}

void TlsPeer::listen() {
  std::array<char, 1024> buffer{};
  for (int got = 1; got > 0;) {
    got = SSL_read(session_->ssl, buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) heard.append(buffer.data(), static_cast<std::size_t>(got));
  }
  for (auto end = heard.find("\r\n", answered_); end != std::string::npos;
       end = heard.find("\r\n", answered_)) {
    const std::string line = heard.substr(answered_, end - answered_);
    answered_ = end + 2;
    if (answer) say(answer(line));
  }
}

void TlsPeer::say(std::string_view text) {
  if (!text.empty())
    must_hold(SSL_write(session_->ssl, text.data(), static_cast<int>(text.size())) > 0);
}

std::string TlsPeer::end() {
  SSL_shutdown(session_->ssl);
  return take_wire();
}

std::string TlsPeer::take_wire() {
  BIO* outgoing = SSL_get_wbio(session_->ssl);
  std::string wire(BIO_ctrl_pending(outgoing), '\0');
  if (!wire.empty()) BIO_read(outgoing, wire.data(), static_cast<int>(wire.size()));
  return wire;
}

}  // namespace slewd::remedy
