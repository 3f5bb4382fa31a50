// SPDX-License-Identifier: Apache-2.0
// What the .cpp files of the Kubernetes API do alike with its JSON: generic over the JSON type, so
// that no JSON header is needed here.
#pragma once

#include <string>

namespace slewd::remedy {

// As a request's body.
template <class Json>
[[nodiscard]] std::string body_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Empty when the object has no such member, or not as a string.
template <class Json>
[[nodiscard]] std::string text_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return found->template get<std::string>();
}

}  // namespace slewd::remedy
