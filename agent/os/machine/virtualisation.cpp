// SPDX-License-Identifier: Apache-2.0
#include "agent/os/machine/virtualisation.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

// Makers of virtual machines alone. Others, such as Microsoft, Amazon and Google, make real ones as
// well: there the processor's flag decides.
constexpr std::array<std::string_view, 7> kVirtualMakers{
    "QEMU", "VMware, Inc.", "innotek GmbH", "Xen", "Bochs", "Parallels", "OpenStack Foundation"};

std::string text_of(const std::string& path) {
  const auto text = read_file(path, limits::kKernelTextBytes);
  return text ? std::string(trim(*text)) : std::string();
}

// x86 only: CPUID sets this bit for guests. The first processor's lines are the first in the file.
bool has_hypervisor_flag(const std::string& cpuinfo) {
  constexpr int kLinesOfOneProcessor = 40;
  std::ifstream file(cpuinfo);
  std::string line;
  for (int i = 0; i < kLinesOfOneProcessor && std::getline(file, line); ++i) {
    if (!line.starts_with("flags")) continue;
    const auto flags = split(line, ' ');
    return std::ranges::find(flags, std::string_view("hypervisor")) != flags.end();
  }
  return false;
}

}  // namespace

std::string find_virtualisation(const KernelFolders& folders) {
  const std::string maker = text_of(folders.sysfs + "/class/dmi/id/sys_vendor");
  const std::string product = text_of(folders.sysfs + "/class/dmi/id/product_name");
  const bool flagged = has_hypervisor_flag(folders.proc + "/cpuinfo");
  const bool virtual_maker = std::ranges::find(kVirtualMakers, maker) != kVirtualMakers.end();
  if (flagged || virtual_maker) {
    std::string name(trim(maker + " " + product));
    if (!name.empty()) return name;
  }
  std::string type = text_of(folders.sysfs + "/hypervisor/type");
  if (!type.empty()) return type;
  return flagged ? "an unnamed hypervisor" : "";
}

}  // namespace slewd::os
