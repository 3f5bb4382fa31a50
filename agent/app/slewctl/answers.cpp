// SPDX-License-Identifier: Apache-2.0
#include "agent/app/slewctl/answers.hpp"

#include <cerrno>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/app/ctl/ctl_client.hpp"
#include "agent/app/ctl/ctl_tables.hpp"

namespace slewd::app {

std::size_t terminal_width(std::size_t otherwise) {
  winsize size{};
  const bool known = ::isatty(STDOUT_FILENO) == 1 &&
                     ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : otherwise;
}

int complain(const Error& error) {
  (void)std::fprintf(stderr, "slewctl: %s\n", error.describe().c_str());
  return error.code() == ErrorCode::unavailable ? kUnreachable : kRefused;
}

int print(const Result<std::string>& text) {
  if (!text) return complain(text.error());
  const bool ended = text->empty() || text->back() == '\n';
  const bool written = std::fputs(text->c_str(), stdout) >= 0 &&
                       (ended || std::fputc('\n', stdout) != EOF) && std::fflush(stdout) == 0;
  if (written) return kDone;
  (void)complain(system_error("standard output", errno));
  return kRefused;
}

int print_offline(const Result<std::string>& text) {
  if (text) return print(text);
  // Without a name in front: the lines of a faulty file begin with its path and line.
  (void)std::fprintf(stderr, "%s\n", text.error().describe().c_str());
  const ErrorCode code = text.error().code();
  const bool input =
      code == ErrorCode::invalid || code == ErrorCode::not_found || code == ErrorCode::limit;
  return input ? kUsage : kRefused;
}

int show(const Arguments& arguments, const char* view, const Printer& printer) {
  const auto body = CtlClient(arguments.socket).get(view);
  if (!body) return complain(body.error());
  return print(arguments.json ? body : printer(*body));
}

int show_status(const Arguments& arguments) {
  const auto body = CtlClient(arguments.socket).get("status");
  if (!body) return complain(body.error());
  const auto status = status_exit(*body);
  if (!status) return complain(status.error());
  const int printed = print(arguments.json ? body : status_table(*body));
  return printed != kDone ? printed : *status;
}

}  // namespace slewd::app
