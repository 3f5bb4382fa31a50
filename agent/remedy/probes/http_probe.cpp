// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/http_probe.hpp"

#include <algorithm>
#include <utility>

#include "base/one_line.hpp"

namespace slewd::remedy {

// HTTP/1.1, since some proxies refuse 1.0; so its chunks are understood. Nothing may be compressed:
// `expect` is looked for in the bytes as they come.
HttpDialogue::HttpDialogue(const Url& url, int status, std::string expect)
    : request_("GET " + url.target + " HTTP/1.1\r\nHost: " + url.authority() +
               "\r\nUser-Agent: slewd-probe\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
               "Connection: close\r\n\r\n"),
      status_(status),
      expect_(std::move(expect)) {}

Step HttpDialogue::connected() { return Step::more(request_); }

Step HttpDialogue::received(std::string_view bytes) {
  reply_.feed(bytes);
  Step step = reply_.has_head() ? judge() : Step::more();
  if (step.kind == Step::Kind::more && reply_.stage() == HttpReply::Stage::broken)
    return Step::failed("no valid HTTP reply: " + reply_.problem());
  return step;
}

Step HttpDialogue::judge() {
  if (reply_.status() != status_)
    return Step::failed("answered '" + reply_.status_line() + "', not with status " +
                        std::to_string(status_));
  if (expect_.empty()) return Step::passed("answered '" + reply_.status_line() + "'");
  return search_body();
}

Step HttpDialogue::search_body() {
  const std::string body = reply_.take_body();
  begin_ +=
      body.substr(0, limits::kProbeTextBytes - std::min(begin_.size(), limits::kProbeTextBytes));
  window_ += body;
  if (window_.find(expect_) != std::string::npos)
    return Step::passed("answered '" + reply_.status_line() + "' with '" + expect_ +
                        "' in the body");
  if (window_.size() >= expect_.size()) window_.erase(0, window_.size() - expect_.size() + 1);
  if (reply_.stage() != HttpReply::Stage::complete) return Step::more();
  return Step::failed("no '" + expect_ + "' in the body, which begins with '" +
                      one_line(begin_, limits::kProbeTextBytes) + "'");
}

std::string HttpDialogue::missing() const {
  if (!reply_.has_head()) return "no HTTP reply";
  return "no '" + expect_ + "' in the body";
}

}  // namespace slewd::remedy
