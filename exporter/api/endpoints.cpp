// SPDX-License-Identifier: Apache-2.0
#include "exporter/api/endpoints.hpp"

#include <utility>

#include "base/duration.hpp"
#include "exporter/api/api.hpp"
#include "exporter/api/api_jumps.hpp"
#include "exporter/api/commands.hpp"
#include "exporter/assets.hpp"
#include "exporter/http/host_check.hpp"
#include "exporter/http/peer.hpp"
#include "exporter/verdict.hpp"

namespace slewd::exporter {
namespace {

Response json_response(std::string text, int status = 200) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.own = std::move(text);
  return response;
}

Response error_response(int status, ErrorCode code, std::string message) {
  return json_response(error_json(Error(code, std::move(message))), status);
}

// For a command that the daemon refused.
int refusal_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 409;
    case ErrorCode::permission:
      return 403;
    case ErrorCode::unsupported:
      return 501;
    default:
      return 503;
  }
}

constexpr std::string_view kApi = "/api/v1/";

}  // namespace

struct Endpoints::Endpoint {
  std::string_view path;
  Route route;
  Response (*handle)(Endpoints&, const Request&);
};

const std::vector<Endpoints::Endpoint>& Endpoints::table() {
  using Self = Endpoints&;
  using Req = const Request&;
  static const std::vector<Endpoint> rows{
      {"/metrics", Route::metrics, [](Self self, Req r) { return self.metrics(r); }},
      {"/-/healthy", Route::healthy, [](Self self, Req) { return self.healthy(); }},
      {"/-/ready", Route::ready, [](Self self, Req) { return self.ready(); }},
      {"/api/v1/status", Route::status, [](Self self, Req) { return self.status(); }},
      {"/api/v1/sources", Route::sources,
       [](Self self, Req) { return self.from_snapshot(sources_json); }},
      {"/api/v1/jumps", Route::jumps, [](Self self, Req r) { return self.jumps(r); }},
      {"/api/v1/phases", Route::phases,
       [](Self self, Req) { return self.from_snapshot(phases_json); }},
      {"/api/v1/history", Route::history,
       [](Self self, Req) { return self.from_snapshot(history_json); }},
      {"/api/v1/rules", Route::rules,
       [](Self self, Req r) { return self.from_status(r, rules_json); }},
      {"/api/v1/actions", Route::actions,
       [](Self self, Req r) { return self.from_status(r, actions_json); }},
  };
  return rows;
}

Endpoints::Endpoints(Inputs inputs) : inputs_(std::move(inputs)), page_(inputs_, stats_) {}

Response Endpoints::handle(const Request& request) {
  const MonoTime begin = inputs_.clock.now().mono;
  Route route = Route::other;
  Response response = answer(request, route);
  stats_.answered(route, response.status, inputs_.clock.now().mono - begin);
  return response;
}

Response Endpoints::answer(const Request& request, Route& route) {
  if (!host_is_allowed(request)) {
    stats_.rejected(Rejection::host);
    return text_response(421, "unknown host name; use an IP address or localhost\n");
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const auto not_allowed = [](std::string allowed) {
    Response response = error_response(405, ErrorCode::invalid,
                                       "method not supported; "
                                       "use " +
                                           allowed);
    response.headers.emplace_back("Allow", std::move(allowed));
    return response;
  };
  for (const Endpoint& row : table()) {
    if (row.path != request.path) continue;
    route = row.route;
    return reads ? row.handle(*this, request) : not_allowed("GET, HEAD");
  }
  if (request.path.starts_with(kApi) &&
      is_command(std::string_view(request.path).substr(kApi.size()))) {
    route = Route::control;
    return request.method == "POST" ? command(request) : not_allowed("POST");
  }
  for (const Asset& file : assets()) {
    if (file.path != request.path) continue;
    route = Route::page;
    return reads ? asset(request, file) : not_allowed("GET, HEAD");
  }
  return error_response(404, ErrorCode::not_found,
                        "not found; / is the status "
                        "page, /metrics the metrics; docs/api.md lists all paths");
}

Response Endpoints::metrics(const Request& request) {
  const Format format = negotiate(request.accept);
  PageCache::Page page = page_.get(format);
  Response response;
  response.content_type = content_type(format);
  response.headers.emplace_back("Vary", "Accept");
  response.shared = std::move(page.cached);
  response.own = std::move(page.fresh);
  return response;
}

Response Endpoints::healthy() const {
  const auto snapshot = inputs_.snapshots.latest();
  if (!snapshot) return text_response(200, "starting\n");
  const MonoTime now = inputs_.clock.now().mono;
  if (!is_stuck(*snapshot, now)) return text_response(200, "healthy\n");
  return text_response(
      503, "stuck: no snapshot for " + format_rounded(now - snapshot->published) + "\n");
}

Response Endpoints::ready() const {
  return inputs_.snapshots.latest() ? text_response(200, "ready\n")
                                    : text_response(503, "no snapshot yet\n");
}

Response Endpoints::status() const {
  const auto snapshot = inputs_.snapshots.latest();
  if (!snapshot) return not_published();
  const auto status = inputs_.statuses.latest();
  return json_response(status_json(*snapshot, status.get(), inputs_.build, inputs_.clock.now()));
}

Response Endpoints::jumps(const Request& request) const {
  const Result<JumpQuery> query = parse_jump_query(request.query);
  if (!query) return json_response(error_json(query.error()), 400);
  const auto snapshot = inputs_.snapshots.latest();
  if (!snapshot) return not_published();
  return json_response(jumps_json(snapshot->jumps, inputs_.clock.now().mono, *query));
}

Response Endpoints::from_snapshot(std::string (*build)(const core::Snapshot&, MonoTime)) const {
  const auto snapshot = inputs_.snapshots.latest();
  if (!snapshot) return not_published();
  const core::ClockReading now = inputs_.clock.now();
  return json_response(build(core::carried_to(*snapshot, now), now.mono));
}

Response Endpoints::from_status(const Request& request,
                                std::string (*build)(const rules::Status&, MonoTime,
                                                     Output)) const {
  const auto status = inputs_.statuses.latest();
  if (!status) return not_published();
  const bool trusted = is_trusted(request.transport, request.peer_uid);
  return json_response(
      build(*status, inputs_.clock.now().mono, trusted ? Output::shown : Output::hidden));
}

Response Endpoints::not_published() {
  return error_response(503, ErrorCode::unavailable, "no data yet; try again");
}

Response Endpoints::command(const Request& request) const {
  if (!is_trusted(request.transport, request.peer_uid)) {
    return error_response(
        403, ErrorCode::permission,
        "commands are accepted only on the unix socket, from root or slewd's user");
  }
  if (inputs_.control == nullptr) {
    return error_response(503, ErrorCode::unavailable, "commands are not available");
  }
  const auto name = std::string_view(request.path).substr(kApi.size());
  const Result<Command> command = parse_command(name, request.body);
  if (!command) return json_response(error_json(command.error()), 400);
  Result<std::string> done = run_command(*inputs_.control, *command);
  if (done) return json_response(std::move(*done));
  return json_response(error_json(done.error()), refusal_status(done.error().code()));
}

Response Endpoints::asset(const Request& request, const Asset& file) {
  Response response;
  response.headers = {{"Cache-Control", "no-cache"}, {"ETag", std::string(file.etag)}};
  if (request.if_none_match.find(file.etag) != std::string::npos) {
    response.status = 304;
    return response;
  }
  response.content_type = file.content_type;
  response.own = file.bytes;
  return response;
}

}  // namespace slewd::exporter
