// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/probes/make_probe.hpp"

#include <utility>

#include "agent/remedy/probes/banner_probe.hpp"
#include "agent/remedy/probes/http_probe.hpp"
#include "agent/remedy/probes/imap_login_probe.hpp"
#include "agent/remedy/probes/instant_probe.hpp"
#include "agent/remedy/probes/metric_probe.hpp"
#include "agent/remedy/probes/socket_probe.hpp"
#include "agent/remedy/probes/starttls_dialogue.hpp"
#include "agent/remedy/probes/tcp_probe.hpp"
#include "agent/remedy/probes/tls_dialogue.hpp"
#include "agent/remedy/process/exec_probe.hpp"
#include "agent/remedy/units/unit_probe.hpp"
#include "base/check.hpp"
#include "base/secret_file.hpp"
#include "base/url.hpp"

namespace slewd::remedy {
namespace {

using rules::ProbeSpec;
using rules::ProbeTls;
using rules::ProbeType;
using Script = Result<std::unique_ptr<Dialogue>>;

Script imap_login(const ProbeSpec& spec) {
  auto secret = read_secret(spec.password_file);
  if (!secret) return fail(std::move(secret.error()));
  const auto opening = spec.tls == ProbeTls::starttls ? ImapLoginDialogue::Opening::was_greeted
                                                      : ImapLoginDialogue::Opening::greeting;
  auto login = ImapLoginDialogue::make(
      {spec.user, std::move(secret->value), std::move(secret->warning)}, spec.expect, opening);
  if (!login) return fail(std::move(login.error()));
  auto dialogue = std::make_unique<ImapLoginDialogue>(std::move(*login));
  if (spec.tls == ProbeTls::none) return dialogue;
  auto secured = TlsDialogue::make(std::move(dialogue));
  if (!secured) return fail(std::move(secured.error()));
  if (spec.tls == ProbeTls::implicit) return std::move(*secured);
  return std::make_unique<StartTlsDialogue>(spec.expect, std::move(*secured));
}

std::unique_ptr<Probe> socket_probe(os::Reactor& reactor, const ProbeSpec& spec,
                                    SocketProbe::Script script) {
  return std::make_unique<SocketProbe>(reactor, spec.host, spec.port, spec.timeout,
                                       std::move(script));
}

std::unique_ptr<Probe> http_probe(os::Reactor& reactor, const ProbeSpec& spec) {
  const Result<Url> url = parse_url(spec.url);
  const auto script = [spec, url]() -> Script {
    if (!url) return fail(url.error());
    if (url->tls) return fail(ErrorCode::unsupported, "a probe of HTTP speaks no TLS");
    return std::make_unique<HttpDialogue>(*url, spec.status, spec.expect);
  };
  return std::make_unique<SocketProbe>(reactor, url ? url->host : "", url ? url->port : 0,
                                       spec.timeout, script);
}

std::unique_ptr<Probe> unit_probe(os::Reactor& reactor, const ProbeSpec& spec,
                                  const ProbeSources& sources) {
  return std::make_unique<InstantProbe>(reactor, [unit = spec.unit, ask = sources.unit_state] {
    return judge_unit(unit, ask ? ask(unit) : std::string());
  });
}

std::unique_ptr<Probe> metric_probe(os::Reactor& reactor, const ProbeSpec& spec,
                                    const ProbeSources& sources) {
  return std::make_unique<InstantProbe>(
      reactor, [condition = spec.condition, ask = sources.evaluate] {
        return judge_metric(condition, ask ? ask(condition) : rules::Value());
      });
}

}  // namespace

std::unique_ptr<Probe> make_probe(os::Reactor& reactor, const ProbeSpec& spec,
                                  const ProbeSources& sources) {
  switch (spec.type) {
    case ProbeType::tcp:
      return socket_probe(reactor, spec,
                          []() -> Script { return std::make_unique<TcpDialogue>(); });
    case ProbeType::banner:
      return socket_probe(reactor, spec, [expect = spec.expect]() -> Script {
        return std::make_unique<BannerDialogue>(expect);
      });
    case ProbeType::imap_login:
      return socket_probe(reactor, spec, [spec] { return imap_login(spec); });
    case ProbeType::http:
      return http_probe(reactor, spec);
    case ProbeType::exec:
      return std::make_unique<ExecProbe>(reactor, sources.reaper, spec);
    case ProbeType::unit:
      return unit_probe(reactor, spec, sources);
    case ProbeType::metric:
      return metric_probe(reactor, spec, sources);
  }
  SLEWD_CHECK(false);  // the switch has every type
  return nullptr;
}

}  // namespace slewd::remedy
