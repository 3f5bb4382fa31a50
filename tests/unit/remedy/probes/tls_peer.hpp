// SPDX-License-Identifier: Apache-2.0
// The server's end of a TLS connection between two byte buffers, with a certificate of its own
// making that nobody vouches for. OpenSSL stays in the .cpp file.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace slewd::remedy {

class TlsPeer {
 public:
  enum class Newest { tls_1_1, tls_1_2, tls_1_3 };

  explicit TlsPeer(Newest newest = Newest::tls_1_3);
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer();

  // Takes bytes of the client; what is to be sent to it in return.
  std::string receive(std::string_view wire);
  // Ends TLS in good order: what is to be sent.
  std::string end();

  std::string greeting;  // said when the handshake is done
  // What to say to a line of the client (without its end).
  std::function<std::string(std::string_view)> answer;
  std::string heard;  // in clear

 private:
  struct Session;
  void listen();
  void say(std::string_view text);
  std::string take_wire();
  std::unique_ptr<Session> session_;
  std::size_t answered_ = 0;  // bytes of `heard`
};

}  // namespace slewd::remedy
