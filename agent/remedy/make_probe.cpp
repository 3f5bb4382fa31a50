#include "agent/remedy/make_probe.hpp"

#include <utility>

#include "agent/remedy/banner_probe.hpp"
#include "agent/remedy/imap_login_probe.hpp"
#include "agent/remedy/secret_file.hpp"
#include "agent/remedy/socket_probe.hpp"
#include "agent/remedy/tcp_probe.hpp"

namespace slewd::remedy {
namespace {

using Script = Result<std::unique_ptr<Dialogue>>;

Script imap_login(const rules::ProbeSpec& spec) {
  auto secret = read_secret(spec.password_file);
  if (!secret) return fail(std::move(secret.error()));
  auto dialogue = ImapLoginDialogue::make(
      {spec.user, std::move(secret->value), std::move(secret->warning)}, spec.expect);
  if (!dialogue) return fail(std::move(dialogue.error()));
  return std::make_unique<ImapLoginDialogue>(std::move(*dialogue));
}

Script script_of(const rules::ProbeSpec& spec) {
  switch (spec.type) {
    case rules::ProbeType::tcp:
      return std::make_unique<TcpDialogue>();
    case rules::ProbeType::banner:
      return std::make_unique<BannerDialogue>(spec.expect);
    case rules::ProbeType::imap_login:
      return imap_login(spec);
  }
  return fail(ErrorCode::internal, "a probe type that has no probe");
}

}  // namespace

std::unique_ptr<Probe> make_probe(Reactor& reactor, const rules::ProbeSpec& spec) {
  return std::make_unique<SocketProbe>(reactor, spec.host, spec.port, spec.timeout,
                                       [spec] { return script_of(spec); });
}

}  // namespace slewd::remedy
