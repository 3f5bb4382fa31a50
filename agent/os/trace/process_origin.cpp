// SPDX-License-Identifier: Apache-2.0
#include "agent/os/trace/process_origin.hpp"

#include <algorithm>
#include <vector>

#include "base/atomic_file.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace slewd::os {
namespace {

constexpr std::size_t kCommBytes = 64;
constexpr std::size_t kContainerIdLength = 64;  // SHA-256 in hexadecimal
constexpr std::size_t kShownIdLength = 12;      // as `docker ps` and `crictl ps` show it

// One line of the file: "ID:CONTROLLERS:PATH" (cgroups(7)).
struct CgroupLine {
  std::string_view controllers;  // empty for version 2
  std::string_view path;
};

std::optional<CgroupLine> parse_cgroup_line(std::string_view text) {
  const std::size_t first = text.find(':');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  CgroupLine line{text.substr(first + 1, second - first - 1), text.substr(second + 1)};
  constexpr std::string_view kDeleted = " (deleted)";
  if (line.path.ends_with(kDeleted)) line.path.remove_suffix(kDeleted.size());
  return line;
}

bool is_container_id(std::string_view text) {
  return text.size() == kContainerIdLength &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// "docker-ID.scope", "cri-containerd-ID.scope", "crio-ID.scope", "libpod-ID.scope" where systemd
// keeps the groups; "/docker/ID", "/kubepods/burstable/podUID/ID" or "SLICE:cri-containerd:ID"
// where the runtime does. The runtimes' own monitors ("crio-conmon-ID.scope") run outside.
std::string_view container_id(std::string_view component) {
  constexpr std::string_view kScope = ".scope";
  if (component.ends_with(kScope)) component.remove_suffix(kScope.size());
  const std::size_t start = component.find_last_of(":-");
  if (start == std::string_view::npos) return is_container_id(component) ? component : "";
  const std::string_view id = component.substr(start + 1);
  const bool is_monitor = component.find("conmon") != std::string_view::npos;
  return is_container_id(id) && !is_monitor ? id : "";
}

// "lxc.payload.NAME" and "lxc/NAME" hold containers that have a name and no number.
std::string_view container_name(std::string_view parent, std::string_view component) {
  constexpr std::string_view kPayload = "lxc.payload.";
  if (component.starts_with(kPayload)) return component.substr(kPayload.size());
  return parent == "lxc" ? component : "";
}

std::string container_of(std::string_view path) {
  const std::vector<std::string_view> components = split(path, '/');
  // From within: in a container within a container the process belongs to the inner one.
  for (std::size_t i = components.size(); i-- > 0;) {
    if (const auto id = container_id(components[i]); !id.empty())
      return "container " + std::string(id.substr(0, kShownIdLength));
    const std::string_view parent = i > 0 ? components[i - 1] : std::string_view();
    if (const auto name = container_name(parent, components[i]); !name.empty())
      return "container " + printable(name);
  }
  return "";
}

std::string unit_of(std::string_view path) {
  const std::vector<std::string_view> components = split(path, '/');
  const auto is_unit = [](std::string_view component) {
    return component.ends_with(".service") || component.ends_with(".scope");
  };
  const auto unit = std::find_if(components.rbegin(), components.rend(), is_unit);
  return unit == components.rend() ? "" : printable(*unit);
}

}  // namespace

std::string printable(std::string_view name) {
  std::string shown(name.substr(0, limits::kProcessNameBytes));
  const auto is_odd = [](char each) { return each < ' ' || each > '~'; };
  std::ranges::replace_if(shown, is_odd, '?');
  return shown;
}

std::string origin_of(std::string_view cgroups) {
  std::string unit;
  for (const std::string_view text : split(cgroups, '\n')) {
    const std::optional<CgroupLine> line = parse_cgroup_line(text);
    if (!line) continue;
    // Any hierarchy may show the container; only systemd's own and version 2 show units.
    if (std::string container = container_of(line->path); !container.empty()) return container;
    const bool holds_units = line->controllers.empty() || line->controllers == "name=systemd";
    if (unit.empty() && holds_units) unit = unit_of(line->path);
  }
  return unit;
}

std::optional<ProcessIdentity> identify_process(int pid, const std::string& proc) {
  const std::string folder = proc + "/" + std::to_string(pid);
  const Result<std::string> comm = read_file(folder + "/comm", kCommBytes);
  if (!comm) return std::nullopt;
  const Result<std::string> cgroups = read_file(folder + "/cgroup", limits::kCgroupBytes);
  return ProcessIdentity{printable(trim(*comm)), cgroups ? origin_of(*cgroups) : ""};
}

}  // namespace slewd::os
