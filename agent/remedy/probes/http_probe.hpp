// SPDX-License-Identifier: Apache-2.0
// A page that is served with the right status, and with the text that only a healthy service puts
// there, proves an HTTP service as far as the page itself looks into it.
#pragma once

#include <string>

#include "agent/remedy/probes/dialogue.hpp"
#include "agent/remedy/probes/http_reply.hpp"
#include "base/url.hpp"

namespace slewd::remedy {

class HttpDialogue final : public Dialogue {
 public:
  // `status` is what the final reply must have. `expect` must be somewhere in its body; empty: the
  // head of the reply decides, and its body is not waited for. Redirections are not followed.
  HttpDialogue(const Url& url, int status, std::string expect);

  Step connected() override;
  Step received(std::string_view bytes) override;
  [[nodiscard]] std::string missing() const override;
  [[nodiscard]] std::size_t reply_limit() const override { return limits::kProbeHttpBytes; }

 private:
  Step judge();
  Step search_body();

  std::string request_;
  int status_;
  std::string expect_;
  HttpReply reply_;
  std::string begin_;   // of the body, for people
  std::string window_;  // the part of the body in which `expect` may still begin
};

}  // namespace slewd::remedy
