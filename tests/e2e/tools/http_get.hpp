// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 client over one kept connection: quick enough to ask for /metrics in a loop.
#pragma once

#include <string>

namespace slewd::e2e {

class HttpGet {
 public:
  explicit HttpGet(int port) : port_(port) {}
  ~HttpGet();
  HttpGet(const HttpGet&) = delete;
  HttpGet& operator=(const HttpGet&) = delete;

  // The body of a page of 127.0.0.1; empty when there is none. A connection that the server has
  // closed is opened again once.
  [[nodiscard]] std::string page(const std::string& path);

 private:
  bool connect_again();
  bool exchange(const std::string& request, std::string& body) const;

  int port_;
  int link_ = -1;
};

}  // namespace slewd::e2e
