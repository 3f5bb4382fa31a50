// SPDX-License-Identifier: Apache-2.0
#include "base/secret_file.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.hpp"
#include "base/limits.hpp"
#include "base/read_bounded.hpp"

namespace slewd {
namespace {

Result<Secret> read_open(const std::string& path) {
  // Without O_NONBLOCK the open of a named pipe would wait for its writer.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return fail(system_error("open", errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error("fstat", errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid, "not a regular file");
  auto text = read_bounded(fd.get(), limits::kSecretBytes);
  if (!text) return fail(text.error());
  text->resize(std::min(text->find_first_of("\r\n"), text->size()));
  Secret secret{std::move(*text), {}};
  if ((status.st_mode & S_IROTH) != 0)
    secret.warning = path + " is readable by all users; fix it with chmod 600";
  return secret;
}

}  // namespace

Result<Secret> read_secret(const std::string& path) {
  auto secret = read_open(path);
  if (!secret) return fail(std::move(secret.error()).within("secret file " + path));
  return secret;
}

}  // namespace slewd
