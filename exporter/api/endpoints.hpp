// SPDX-License-Identifier: Apache-2.0
// Every path in one table: its handler, and on which sockets it is served. docs/api.md.
#pragma once

#include <string>
#include <vector>

#include "exporter/api/api.hpp"
#include "exporter/api/page_cache.hpp"
#include "exporter/assets.hpp"
#include "exporter/http/http_stats.hpp"
#include "exporter/inputs.hpp"

namespace slewd::exporter {

class Endpoints {
 public:
  explicit Endpoints(Inputs inputs);
  Endpoints(const Endpoints&) = delete;
  Endpoints& operator=(const Endpoints&) = delete;

  // By the workers, several at a time.
  [[nodiscard]] Response handle(const Request& request);

  [[nodiscard]] HttpStats& stats() { return stats_; }
  [[nodiscard]] const core::Clock& clock() const { return inputs_.clock; }

 private:
  struct Endpoint;
  [[nodiscard]] static const std::vector<Endpoint>& table();

  [[nodiscard]] Response answer(const Request& request, Route& route);
  [[nodiscard]] Response metrics(const Request& request);
  [[nodiscard]] Response healthy() const;
  [[nodiscard]] Response ready() const;
  [[nodiscard]] Response status() const;
  [[nodiscard]] Response jumps(const Request& request) const;
  [[nodiscard]] Response from_snapshot(std::string (*build)(const core::Snapshot&, MonoTime)) const;
  [[nodiscard]] Response from_status(const Request& request,
                                     std::string (*build)(const rules::Status&, MonoTime,
                                                          Output)) const;
  [[nodiscard]] Response command(const Request& request) const;
  [[nodiscard]] static Response not_published();
  [[nodiscard]] static Response asset(const Request& request, const Asset& file);

  Inputs inputs_;
  HttpStats stats_;
  PageCache page_;
};

}  // namespace slewd::exporter
