// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/answers.hpp"

#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/ctl/ctl_client.hpp"
#include "agent/ctl/ctl_tables.hpp"

namespace slewd::app {

std::size_t terminal_width(std::size_t otherwise) {
  winsize size{};
  const bool known = ::isatty(STDOUT_FILENO) == 1 &&
                     ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : otherwise;
}

int complain(const Error& error) {
  (void)std::fprintf(stderr, "slewctl: %s\n", error.describe().c_str());
  return error.code() == ErrorCode::unavailable ? kUnreachable : kFailed;
}

int print(const Result<std::string>& text) {
  if (!text) return complain(text.error());
  const Result<void> printed = print_text(*text);
  return printed ? kDone : complain(printed.error());
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
