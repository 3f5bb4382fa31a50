// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert/writer.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "agent/ctl/convert/target_keys.hpp"

namespace slewd::app::convert {
namespace {

std::string comment(std::string_view text, std::string_view indent) {
  return std::string(indent) + "// " + std::string(text) + "\n";
}

std::string nts_json(const DraftSource& source) {
  std::vector<std::string> members;
  if (source.nts_port != 0)
    members.push_back(quoted(keys::kNtsPort) + ": " + std::to_string(source.nts_port));
  if (!source.nts_authority.empty())
    members.push_back(quoted(keys::kNtsAuthority) + ": " + quoted(source.nts_authority));
  if (members.empty()) return "true";
  return "{" + members.front() + (members.size() > 1 ? ", " + members.back() : "") + "}";
}

std::string source_json(const DraftSource& source) {
  const bool clock = source.kind == SourceKind::clock;
  const bool unit = clock && source.clock_key == keys::kClockShm;
  std::string text = "{" + quoted(clock ? std::string_view(source.clock_key) : "host") + ": " +
                     (unit ? source.host : quoted(source.host));
  const auto add = [&](std::string_view key, std::string_view json) {
    text += ", " + quoted(key) + ": " + std::string(json);
  };
  if (!clock && source.port != 123) add("port", std::to_string(source.port));
  if (!source.name.empty()) add("name", quoted(source.name));
  if (!source.family.empty()) add("family", quoted(source.family));
  if (source.members != 0) add("members", std::to_string(source.members));
  if (source.nts) add(keys::kNts, nts_json(source));
  for (const auto& [key, json] : source.more) add(key, json);
  return text + "}";
}

// One of the two lists of sources; without any, nothing.
std::string source_list(const Draft& draft, bool pools) {
  std::string list;
  for (const DraftSource& source : draft.sources()) {
    if ((source.kind == SourceKind::pool) != pools) continue;
    if (!list.empty()) list += ",\n";
    list += comment(comment_of(source.line), "    ");
    for (const std::string& remark : source.remarks) list += comment("  " + remark, "    ");
    list += "    " + source_json(source);
  }
  if (list.empty()) return "";
  return "  " + quoted(pools ? "pools" : "servers") + ": [\n" + list + "\n  ]";
}

// Each comment once, above the first member that it is about.
class Comments {
 public:
  std::string above(const Setting& setting, std::string_view indent) {
    std::string text;
    for (const std::string& each : setting.comments) {
      if (std::ranges::find(written_, each) != written_.end()) continue;
      written_.push_back(each);
      text += comment(each, indent);
    }
    return text;
  }

 private:
  std::vector<std::string> written_;
};

std::string section_json(const Draft& draft, std::string_view section) {
  Comments comments;
  std::string members;
  for (const Setting& setting : draft.settings()) {
    if (setting.section != section) continue;
    if (!members.empty()) members += ",\n";
    members += comments.above(setting, "    ") + "    " + quoted(setting.key) + ": " + setting.json;
  }
  return "  " + quoted(section) + ": {\n" + members + "\n  }";
}

std::vector<std::string> members_of(const Draft& draft) {
  std::vector<std::string> members;
  for (const bool pools : {false, true})
    if (std::string list = source_list(draft, pools); !list.empty())
      members.push_back(std::move(list));
  std::vector<std::string_view> sections;
  Comments comments;
  for (const Setting& setting : draft.settings()) {
    if (setting.section.empty()) {
      members.push_back(comments.above(setting, "  ") + "  " + quoted(setting.key) + ": " +
                        setting.json);
    } else if (std::ranges::find(sections, setting.section) == sections.end()) {
      sections.emplace_back(setting.section);
      members.push_back(section_json(draft, setting.section));
    }
  }
  return members;
}

// Lines with the same reason stand together, above the reason.
std::string notes_text(const Draft& draft, bool lost, std::string_view indent) {
  std::vector<const Note*> left;
  for (const Note& note : draft.notes())
    if (note.lost == lost) left.push_back(&note);
  std::string text;
  while (!left.empty()) {
    const Note& first = *left.front();
    const auto same = [&](const Note* note) {
      return note->reason == first.reason && note->cure == first.cure;
    };
    std::string_view before;
    for (const Note* note : left) {
      if (!same(note) || note->line.place == before) continue;
      before = note->line.place;
      text += std::string(indent) + comment_of(note->line) + "\n";
    }
    text += std::string(indent) + "    " + first.reason + "\n";
    if (!first.cure.empty()) text += std::string(indent) + "    instead: " + first.cure + "\n";
    std::erase_if(left, [&, reason = first.reason, cure = first.cure](const Note* note) {
      return note->reason == reason && note->cure == cure;
    });
  }
  return text;
}

}  // namespace

std::string write_config(const Draft& draft, std::string_view title) {
  std::string text = comment(title, "") + "{\n";
  const std::vector<std::string> members = members_of(draft);
  for (std::size_t i = 0; i < members.size(); ++i)
    text += members[i] + (i + 1 < members.size() ? ",\n" : "\n");
  text += "}\n";
  if (const std::string notes = notes_text(draft, false, "//   "); !notes.empty())
    text += "\n// Needs no setting:\n" + notes;
  if (const std::string notes = notes_text(draft, true, "//   "); !notes.empty())
    text += "\n// Has no equivalent:\n" + notes;
  return text;
}

std::string write_report(const Draft& draft) { return notes_text(draft, true, ""); }

}  // namespace slewd::app::convert
