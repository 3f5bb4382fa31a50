// SPDX-License-Identifier: Apache-2.0
#include "agent/remedy/fleet/kube_access.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/read_bounded.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

namespace slewd::remedy {

Result<std::string> read_mounted(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return fail(system_error("open " + path, errno));
  auto text = read_bounded(fd.get(), limits::kKubeTokenBytes);
  if (!text) return fail(std::move(text.error()).within(path));
  return std::string(trim(*text));
}

Result<KubeAccess> kube_access(const Environment& environment, const std::string& folder) {
  KubeAccess access;
  std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty())
    return fail(ErrorCode::not_found, "KUBERNETES_SERVICE_HOST and _PORT are not set: no cluster");
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  access.server = "https://" + host + ":" + port;
  if (const auto url = parse_url(access.server); !url)
    return fail(Error(url.error()).within("KUBERNETES_SERVICE_HOST"));
  access.token_file = folder + "/token";
  access.ca_file = folder + "/ca.crt";
  auto name_space = read_mounted(folder + "/namespace");
  if (!name_space) return fail(std::move(name_space.error()).within("service account"));
  access.name_space = std::move(*name_space);
  access.node = environment("NODE_NAME");
  access.pod = environment("POD_NAME");
  access.pod_uid = environment("POD_UID");
  if (access.node.empty() || access.pod.empty() || access.pod_uid.empty())
    return fail(ErrorCode::not_found,
                "NODE_NAME, POD_NAME and POD_UID must come from the downward API");
  return access;
}

}  // namespace slewd::remedy
