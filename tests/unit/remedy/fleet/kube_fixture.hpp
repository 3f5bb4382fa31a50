// SPDX-License-Identifier: Apache-2.0
// A pod's view of a cluster: a folder with token and namespace, and an API of a test's words.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "agent/remedy/fleet/kube_api.hpp"

#include "tests/unit/remedy/test_reactor.hpp"
#include "tests/unit/remedy/web/fake_http.hpp"
#include "tests/unit/temporary_folder.hpp"

namespace slewd::remedy {

class KubeFixture : public testing::Test {
 protected:
  KubeFixture() {
    write("token", "secret-1\n");
    write("namespace", "time");
    api = std::make_unique<KubeApi>(reactor, http, access());
  }

  void write(const std::string& name, const std::string& text) const {
    (void)folder.write(name, text);
  }
  [[nodiscard]] KubeAccess access() const {
    return {.server = "https://10.0.0.1:443",
            .token_file = folder.file("token"),
            .ca_file = folder.file("ca.crt"),
            .name_space = "time",
            .node = "node-a",
            .pod = "slewd-x1",
            .pod_uid = "uid-1"};
  }

  TemporaryFolder folder;
  TestReactor reactor;
  FakeHttp http;
  std::unique_ptr<KubeApi> api;
};

}  // namespace slewd::remedy
