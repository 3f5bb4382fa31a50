// SPDX-License-Identifier: Apache-2.0
// Any bytes as what an HTTP server says, in pieces of any size (the first byte): status, body and
// verdict do not depend on the pieces, and nothing passes without a status line of 200.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/remedy/probes/http_probe.hpp"
#include "agent/remedy/probes/http_reply.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

namespace {

using slewd::remedy::HttpDialogue;
using slewd::remedy::HttpReply;
using slewd::remedy::Step;

struct Read {
  HttpReply::Stage stage;
  int status;
  std::string body;
  bool operator==(const Read&) const = default;
};

Read read(std::string_view bytes, std::size_t piece) {
  HttpReply reply;
  Read read{};
  while (!bytes.empty()) {
    reply.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    read.body += reply.take_body();
  }
  read.stage = reply.stage();
  read.status = reply.status();
  SLEWD_CHECK((read.stage == HttpReply::Stage::broken) == !reply.problem().empty());
  SLEWD_CHECK(reply.problem().find('\n') == std::string::npos);
  return read;
}

Step talk(std::string_view bytes, std::size_t piece, const std::string& expect) {
  HttpDialogue dialogue(*slewd::parse_url("http://127.0.0.1/"), 200, expect);
  Step step = dialogue.connected();
  while (!bytes.empty() && step.kind == Step::Kind::more) {
    step = dialogue.received(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    SLEWD_CHECK(!dialogue.missing().empty());
  }
  SLEWD_CHECK(step.detail.find('\n') == std::string::npos);
  return step;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > slewd::limits::kProbeHttpBytes) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0] % 64;
  const std::size_t all = bytes.size() + 1;
  SLEWD_CHECK(read(bytes, piece) == read(bytes, all));
  for (const std::string expect : {"", "ok"}) {
    const Step step = talk(bytes, piece, expect);
    SLEWD_CHECK(step.kind == talk(bytes, all, expect).kind);
    if (step.kind != Step::Kind::passed) continue;
    SLEWD_CHECK(bytes.find(" 200") != std::string_view::npos);
    SLEWD_CHECK(bytes.find("HTTP/1.") != std::string_view::npos);
  }
  return 0;
}
