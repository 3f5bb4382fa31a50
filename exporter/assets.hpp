// SPDX-License-Identifier: Apache-2.0
// The files of web/, compiled in: nothing is read at run time, so no other path can be requested.
#pragma once

#include <span>
#include <string_view>

namespace slewd::exporter {

struct Asset {
  std::string_view path;  // as served: "/app.js"
  std::string_view content_type;
  std::string_view etag;  // quoted, from the content's SHA-256
  std::string_view bytes;
};

[[nodiscard]] std::span<const Asset> assets();

}  // namespace slewd::exporter
