// SPDX-License-Identifier: Apache-2.0
// Whatever bytes come, in whatever pieces: the framer ends, takes no more than it was given, and
// says the same of a request that came whole.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "exporter/http/framing.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using slewd::exporter::Framer;
  if (size == 0) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  // The fuzzer's own buffer as text: there is no other way to name its bytes.
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string_view rest = text;
  while (!rest.empty()) {
    Framer whole;
    const Framer::State expected = whole.advance(rest);
    Framer pieces;
    Framer::State state = Framer::State::need_more;
    for (std::size_t end = piece; state == Framer::State::need_more; end += piece) {
      state = pieces.advance(rest.substr(0, end));
      if (end >= rest.size()) break;
    }
    if (expected != Framer::State::complete) break;
    // A bad octet later in the text cannot undo a request that was complete before it.
    SLEWD_CHECK(state == Framer::State::complete);
    SLEWD_CHECK(whole.consumed() > 0 && whole.consumed() <= rest.size());
    SLEWD_CHECK(whole.consumed() == pieces.consumed());
    SLEWD_CHECK(whole.request().path == pieces.request().path);
    SLEWD_CHECK(whole.request().body == pieces.request().body);
    SLEWD_CHECK(whole.request().body.size() <= slewd::limits::kHttpBodyBytes);
    SLEWD_CHECK(whole.consumed() <= slewd::limits::kHttpHeadBytes + slewd::limits::kHttpBodyBytes);
    rest.remove_prefix(whole.consumed());
  }
  return 0;
}
