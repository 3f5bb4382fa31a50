// SPDX-License-Identifier: Apache-2.0
// How a pod finds and is let into the API of its cluster: what Kubernetes puts into its environment
// and its service account's folder.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace slewd::remedy {

struct KubeAccess {
  std::string server;      // https://host:port
  std::string token_file;  // is replaced while we run: read at each request
  std::string ca_file;
  std::string name_space;
  std::string node;     // NODE_NAME
  std::string pod;      // POD_NAME
  std::string pod_uid;  // POD_UID
};

// Empty for a variable that is not set.
using Environment = std::function<std::string(std::string_view)>;

inline constexpr std::string_view kServiceAccountFolder =
    "/var/run/secrets/kubernetes.io/serviceaccount";

// Errors: not_found names what is missing, which outside a cluster is normal.
[[nodiscard]] Result<KubeAccess> kube_access(const Environment& environment,
                                             const std::string& folder);

// A file's text without the white space around it. Errors: as the system says; limit beyond
// limits::kKubeTokenBytes.
[[nodiscard]] Result<std::string> read_mounted(const std::string& path);

}  // namespace slewd::remedy
