// SPDX-License-Identifier: Apache-2.0
// Another dialogue under TLS: from the first byte, or from where STARTTLS has led.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "agent/remedy/probes/dialogue.hpp"
#include "agent/remedy/probes/tls_client.hpp"
#include "base/result.hpp"

namespace slewd::remedy {

class TlsDialogue final : public Dialogue {
 public:
  // Errors: those of TlsClient::make().
  static Result<std::unique_ptr<TlsDialogue>> make(std::unique_ptr<Dialogue> inner);

  Step connected() override;
  Step received(std::string_view bytes) override;
  [[nodiscard]] std::string missing() const override;
  // Of what is on the wire; the inner dialogue's limit holds for what it says.
  [[nodiscard]] std::size_t reply_limit() const override { return limits::kProbeTlsBytes; }

 private:
  TlsDialogue(TlsClient tls, std::unique_ptr<Dialogue> inner);

  Step hand_over(const std::string& text);
  Step encrypted(Step step);

  TlsClient tls_;
  std::unique_ptr<Dialogue> inner_;
  bool begun_ = false;  // the inner dialogue
  std::size_t heard_ = 0;
};

}  // namespace slewd::remedy
