// A pod's view of a cluster: a folder with token and namespace, and an API of a test's words.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include "agent/remedy/kube_api.hpp"

#include "tests/unit/remedy/fake_http.hpp"
#include "tests/unit/remedy/test_reactor.hpp"

namespace slewd::remedy {

class KubeFixture : public testing::Test {
 protected:
  KubeFixture() {
    std::filesystem::create_directories(folder);
    write("token", "secret-1\n");
    write("namespace", "time");
    api = std::make_unique<KubeApi>(reactor, http, access());
  }
  ~KubeFixture() override { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder + "/" + name) << text;
  }
  [[nodiscard]] KubeAccess access() const {
    return {.server = "https://10.0.0.1:443",
            .token_file = folder + "/token",
            .ca_file = folder + "/ca.crt",
            .name_space = "time",
            .node = "node-a",
            .pod = "slewd-x1",
            .pod_uid = "uid-1"};
  }

  std::string folder = testing::TempDir() + "slewd_kube_" + std::to_string(::getpid());
  TestReactor reactor;
  FakeHttp http;
  std::unique_ptr<KubeApi> api;
};

}  // namespace slewd::remedy
