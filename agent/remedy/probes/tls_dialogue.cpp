// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/tls_dialogue.hpp"

#include <utility>

namespace slewd::remedy {

Result<std::unique_ptr<TlsDialogue>> TlsDialogue::make(std::unique_ptr<Dialogue> inner) {
  auto tls = TlsClient::make();
  if (!tls) return fail(std::move(tls.error()).within("TLS"));
  return std::unique_ptr<TlsDialogue>(new TlsDialogue(std::move(*tls), std::move(inner)));
}

TlsDialogue::TlsDialogue(TlsClient tls, std::unique_ptr<Dialogue> inner)
    : tls_(std::move(tls)), inner_(std::move(inner)) {}

Step TlsDialogue::connected() {
  tls_.start();
  return encrypted(Step::more());
}

Step TlsDialogue::received(std::string_view bytes) {
  tls_.receive(bytes);
  Step step = tls_.agreed() ? hand_over(tls_.take_text()) : Step::more();
  if (step.kind == Step::Kind::more && tls_.state() == TlsClient::State::broken)
    step = Step::failed(begun_ ? "TLS " + tls_.problem() + ": " + missing() : tls_.problem());
  if (step.kind == Step::Kind::more && tls_.state() == TlsClient::State::closed)
    step = Step::failed("TLS ended by the server: " + missing());
  return encrypted(std::move(step));
}

Step TlsDialogue::hand_over(const std::string& text) {
  Step step = std::exchange(begun_, true) ? Step::more() : inner_->connected();
  if (text.empty() || step.kind != Step::Kind::more) return step;
  heard_ += text.size();
  if (heard_ > inner_->reply_limit())
    return Step::failed("reply longer than " + std::to_string(inner_->reply_limit()) +
                        " bytes: " + inner_->missing());
  Step next = inner_->received(text);
  next.send.insert(0, step.send);
  return next;
}

// What the inner dialogue wants to send, and what TLS itself has to say, an alert for instance.
Step TlsDialogue::encrypted(Step step) {
  tls_.send(step.send);
  if (step.kind == Step::Kind::passed) step.detail += " (" + tls_.version() + ")";
  if (step.kind != Step::Kind::more) tls_.close();
  step.send = tls_.take_wire();
  return step;
}

std::string TlsDialogue::missing() const { return begun_ ? inner_->missing() : "no TLS handshake"; }

}  // namespace slewd::remedy
