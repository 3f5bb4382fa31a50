// SPDX-License-Identifier: Apache-2.0
#include "sim/virtual_ports.hpp"

#include <utility>

namespace slewd::sim {

void VirtualResolver::set(const std::string& host, std::vector<core::Endpoint> endpoints) {
  table_.insert_or_assign(host, std::move(endpoints));
}

void VirtualResolver::fail(const std::string& host, ErrorCode code) {
  table_.insert_or_assign(host, slewd::fail(code, "the virtual resolver fails as configured"));
}

void VirtualResolver::lookup(const std::string& host, std::uint16_t port, Answer answer) {
  ++lookups_;
  queue_.at(queue_.now() + latency_,
            [this, host, port, answer = std::move(answer)] { answer(resolve(host, port)); });
}

Result<std::vector<core::Endpoint>> VirtualResolver::resolve(const std::string& host,
                                                             std::uint16_t port) const {
  const auto known = table_.find(host);
  if (known == table_.end())
    return slewd::fail(ErrorCode::not_found, "unknown name '" + host + "'");
  Result<std::vector<core::Endpoint>> result = known->second;
  if (result)
    for (core::Endpoint& endpoint : *result) endpoint.port = port;
  return result;
}

Result<void> MemoryDriftStore::save(const core::DriftRecord& record) {
  if (failing_)
    return slewd::fail(ErrorCode::unavailable, "the virtual drift file is not writable");
  record_ = record;
  ++saves_;
  return {};
}

}  // namespace slewd::sim
