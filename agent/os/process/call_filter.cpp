// SPDX-License-Identifier: Apache-2.0
#include "agent/os/process/call_filter.hpp"

#ifdef SLEWD_WITH_SECCOMP

#include <array>
#include <cerrno>
#include <memory>

#include <seccomp.h>

namespace slewd::os {
namespace {

// Other mounts, namespaces and roots; another kernel or more of it; other processes' memory; the
// kernel's keys; what takes the machine down. All need rights that slewd does not have, or open a
// part of the kernel with a history of holes. Not here: what sets the clock, and perf_event_open.
constexpr std::array kNeedless{SCMP_SYS(mount),
                               SCMP_SYS(umount2),
                               SCMP_SYS(pivot_root),
                               SCMP_SYS(chroot),
                               SCMP_SYS(move_mount),
                               SCMP_SYS(open_tree),
                               SCMP_SYS(fsopen),
                               SCMP_SYS(fsmount),
                               SCMP_SYS(fsconfig),
                               SCMP_SYS(fspick),
                               SCMP_SYS(mount_setattr),
                               SCMP_SYS(unshare),
                               SCMP_SYS(setns),
                               SCMP_SYS(init_module),
                               SCMP_SYS(finit_module),
                               SCMP_SYS(delete_module),
                               SCMP_SYS(kexec_load),
                               SCMP_SYS(kexec_file_load),
                               SCMP_SYS(bpf),
                               SCMP_SYS(userfaultfd),
                               SCMP_SYS(io_uring_setup),
                               SCMP_SYS(io_uring_enter),
                               SCMP_SYS(io_uring_register),
                               SCMP_SYS(ptrace),
                               SCMP_SYS(process_vm_readv),
                               SCMP_SYS(process_vm_writev),
                               SCMP_SYS(kcmp),
                               SCMP_SYS(add_key),
                               SCMP_SYS(request_key),
                               SCMP_SYS(keyctl),
                               SCMP_SYS(iopl),
                               SCMP_SYS(ioperm),
                               SCMP_SYS(modify_ldt),
                               SCMP_SYS(open_by_handle_at),
                               SCMP_SYS(acct),
                               SCMP_SYS(quotactl),
                               SCMP_SYS(swapon),
                               SCMP_SYS(swapoff),
                               SCMP_SYS(reboot),
                               SCMP_SYS(sethostname),
                               SCMP_SYS(setdomainname),
                               SCMP_SYS(vhangup)};

}  // namespace

Result<void> refuse_needless_calls() {
  const std::unique_ptr<void, void (*)(void*)> filter(::seccomp_init(SCMP_ACT_ALLOW),
                                                      ::seccomp_release);
  if (filter == nullptr) return fail(ErrorCode::unsupported, "libseccomp cannot create a filter");
  const auto check = [](int result, const char* call) -> Result<void> {
    if (result == 0) return {};
    return fail(ErrorCode::unsupported, system_error(call, -result).describe());
  };
  auto done =
      check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(EPERM)),
            "seccomp_attr_set");
  for (const int call : kNeedless) {
    if (!done) break;
    const int added = ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EPERM), call, 0);
    // EDOM: this architecture does not have the call.
    done = check(added == -EDOM ? 0 : added, "seccomp_rule_add");
  }
  if (done) done = check(::seccomp_load(filter.get()), "seccomp_load");
  return done;
}

}  // namespace slewd::os

#else

namespace slewd::os {

Result<void> refuse_needless_calls() {
  return fail(ErrorCode::unsupported, "built without libseccomp");
}

}  // namespace slewd::os

#endif
