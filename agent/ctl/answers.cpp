// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/answers.hpp"

#include <cstdio>

#include "agent/ctl/ctl_client.hpp"
#include "agent/ctl/ctl_tables.hpp"

namespace slewd::app {

int report_error(const Error& error) {
  (void)std::fprintf(stderr, "slewctl: %s\n", error.describe().c_str());
  return error.code() == ErrorCode::unavailable ? kUnreachable : kFailed;
}

int print(const Result<std::string>& text) {
  if (!text) return report_error(text.error());
  const Result<void> printed = print_text(*text);
  return printed ? kDone : report_error(printed.error());
}

int show(const Arguments& arguments, const char* view, const Printer& printer) {
  const auto body = CtlClient(arguments.socket).get(view);
  if (!body) return report_error(body.error());
  return print(arguments.json ? body : printer(*body));
}

int show_status(const Arguments& arguments) {
  const auto body = CtlClient(arguments.socket).get("status");
  if (!body) return report_error(body.error());
  const auto status = status_exit(*body);
  if (!status) return report_error(status.error());
  const int printed = print(arguments.json ? body : status_table(*body));
  return printed != kDone ? printed : *status;
}

}  // namespace slewd::app
