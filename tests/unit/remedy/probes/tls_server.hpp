// SPDX-License-Identifier: Apache-2.0
// An HTTPS server on a free loopback port with a certificate made for the occasion. Its headers are
// OpenSSL's and httplib's, so only .cpp files of tests include it.
#pragma once

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <httplib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace slewd::remedy {

struct CertificatePlan {
  std::string names = "IP:127.0.0.1";
  long begins = 0;         // Unix seconds
  long ends = 4102444800;  // 2100
};

class TlsServer {
 public:
  // Writes its certificate to `ca_file`, by which clients may believe it.
  TlsServer(const std::string& ca_file, const CertificatePlan& plan)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(make(plan), X509_free) {
    std::FILE* file = std::fopen(ca_file.c_str(), "w");
    if (file == nullptr || PEM_write_X509(file, certificate_.get()) != 1)
      throw std::runtime_error("certificate file");
    (void)std::fclose(file);
    server = std::make_unique<httplib::SSLServer>(certificate_.get(), key_.get());
    port_ = server->bind_to_any_port("127.0.0.1");
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  ~TlsServer() {
    if (!thread_.joinable()) return;
    while (!server->is_running()) std::this_thread::yield();
    server->stop();
  }

  // After the handlers have been set.
  void start() {
    thread_ = std::jthread([this] { server->listen_after_bind(); });
  }
  [[nodiscard]] std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

  std::unique_ptr<httplib::SSLServer> server;

 private:
  X509* make(const CertificatePlan& plan) {
    X509* certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), plan.begins);
    ASN1_TIME_set(X509_getm_notAfter(certificate), plan.ends);
    X509_set_pubkey(certificate, key_.get());
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("slewd test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    add(certificate, NID_subject_alt_name, plan.names);
    add(certificate, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate, key_.get(), EVP_sha256());
    return certificate;
  }
  static void add(X509* certificate, int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key_;
  std::unique_ptr<X509, void (*)(X509*)> certificate_;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace slewd::remedy
