// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/peers.hpp"

#include <utility>

namespace slewd::tests {
namespace {

std::string text_of(const JsonValue& row, std::string_view key) {
  const JsonValue* value = row.find(key);
  return value != nullptr && value->string() != nullptr ? *value->string() : std::string();
}

}  // namespace

Result<Peers> Peers::parse(std::string_view text, std::string_view name) {
  Result<JsonValue> document = parse_json(text, name);
  if (!document) return fail(document.error());
  Peers peers;
  peers.document_ = std::move(*document);
  const JsonValue* rows = peers.document_.find("rows");
  if (rows == nullptr || rows->array() == nullptr)
    return fail(ErrorCode::invalid, std::string(name) + ": 'rows' is missing");
  // The rows stay where they are when the document moves: an array lives on the heap.
  for (const JsonValue& row : *rows->array())
    peers.rows_[{text_of(row, "scenario"), text_of(row, "poll")}] = &row;
  return peers;
}

std::optional<double> Peers::of(const std::string& scenario, const std::string& poll,
                                std::string_view daemon, std::string_view figure) const {
  const auto row = rows_.find({scenario, poll});
  if (row == rows_.end()) return std::nullopt;
  const JsonValue* peer = row->second->find(daemon);
  const JsonValue* value = peer != nullptr ? peer->find(figure) : nullptr;
  if (value == nullptr) return std::nullopt;
  if (value->real() != nullptr) return *value->real();
  if (value->integer() != nullptr) return static_cast<double>(*value->integer());
  return std::nullopt;
}

}  // namespace slewd::tests
