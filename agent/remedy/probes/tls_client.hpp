// SPDX-License-Identifier: Apache-2.0
// The client's side of TLS (1.2 or newer) between two byte buffers: the owner of the socket moves
// the bytes. It does not verify the certificate (docs/rules.md, Probes). Never blocks.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::remedy {

class TlsClient {
 public:
  enum class State {
    handshake,
    open,
    closed,  // the peer has ended TLS in good order
    broken,  // see problem()
  };

  // Errors: internal, when OpenSSL cannot be set up; that says nothing of the peer.
  [[nodiscard]] static Result<TlsClient> make();
  TlsClient(TlsClient&&) noexcept;
  TlsClient& operator=(TlsClient&&) noexcept;
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient();

  // Begins the handshake. Call once, first.
  void start();
  // Takes bytes of the peer as they came.
  void receive(std::string_view wire);
  // Encrypts; only while open.
  void send(std::string_view text);
  // Tells the peer that nothing follows. Ignored unless open.
  void close();

  // What is to be sent to the peer, and what the peer has said, since the last call.
  [[nodiscard]] std::string take_wire();
  [[nodiscard]] std::string take_text();

  [[nodiscard]] State state() const;
  // The handshake has succeeded, whatever came later.
  [[nodiscard]] bool agreed() const;
  [[nodiscard]] const std::string& problem() const;
  [[nodiscard]] std::string version() const;  // "TLSv1.3"

 private:
  struct Session;
  explicit TlsClient(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace slewd::remedy
