// SPDX-License-Identifier: Apache-2.0
#include "agent/ctl/convert/convert.hpp"

#include "agent/ctl/convert/inputs.hpp"
#include "agent/ctl/convert/writer.hpp"
#include "base/limits.hpp"
#include "base/one_line.hpp"

namespace slewd::app {
namespace convert {
namespace {

Result<void> run(ForeignFormat format, Inputs& inputs, Draft& draft) {
  switch (format) {
    case ForeignFormat::chrony:
      return convert_chrony(inputs, draft);
    case ForeignFormat::ntp:
      return convert_ntp(inputs, draft);
    case ForeignFormat::ntpd_rs:
      return convert_ntpd_rs(inputs, draft);
    case ForeignFormat::timesyncd:
      return convert_timesyncd(inputs, draft);
  }
  return {};
}

// slewd refuses a configuration without sources unless it only observes.
void check_sources(Draft& draft, const std::string& name) {
  if (!draft.sources().empty() || draft.has("", "servers") || draft.has("", "pools")) return;
  draft.at({name, "(no source)"});
  draft.set("", "servers", "[]");
  draft.set("", "mode", quoted("observe"), "without a source slewd only observes");
  draft.lost("no source could be converted", "name servers or pools, and remove \"mode\"");
}

std::string too_long(std::string_view what, std::size_t limit) {
  return std::string(what) + " is longer than " + std::to_string(limit) + " bytes";
}

}  // namespace

Result<std::vector<NamedText>> Inputs::matching(std::string_view pattern) {
  auto files = read_(std::string(pattern));
  if (!files) return files;
  for (const NamedText& each : *files) bytes_ += each.text.size();
  files_ += files->size();
  if (files_ > limits::kConvertFiles)
    return fail(ErrorCode::limit,
                "there are more than " + std::to_string(limits::kConvertFiles) + " files");
  if (bytes_ + file_.text.size() > limits::kConvertBytes)
    return fail(ErrorCode::limit, too_long("all files together", limits::kConvertBytes));
  return files;
}

SourceLine source_line(std::string_view file, std::size_t number, std::string_view text) {
  return {one_line(file, limits::kConvertLineBytes) + ":" + std::to_string(number),
          one_line(text, limits::kConvertLineBytes)};
}

}  // namespace convert

Result<Conversion> convert_config(const NamedText& file, std::optional<ForeignFormat> from,
                                  const ReadFiles& read_files) {
  using namespace convert;
  if (file.text.size() > limits::kConvertBytes)
    return fail(ErrorCode::limit, too_long(file.name, limits::kConvertBytes));
  const auto format = from ? from : foreign_format(file.text);
  if (!format)
    return fail(ErrorCode::invalid,
                file.name +
                    ": cannot recognise the format; name it with --from chrony, ntp, ntpd-rs or "
                    "timesyncd");
  Inputs inputs(file, read_files);
  Draft draft;
  if (auto done = run(*format, inputs, draft); !done) return fail(std::move(done.error()));
  draft.finish();
  if (draft.notes().size() > limits::kConvertNotes)
    return fail(ErrorCode::limit, file.name + ": more than " +
                                      std::to_string(limits::kConvertNotes) +
                                      " settings have no equivalent or need none");
  check_sources(draft, one_line(file.name, limits::kConvertLineBytes));
  Conversion result;
  result.format = *format;
  result.complete = draft.complete();
  result.report = write_report(draft);
  result.text = write_config(draft, "Written by 'slewctl convert' from " +
                                        one_line(file.name, limits::kConvertLineBytes) + " (" +
                                        std::string(name_of(*format)) + ").");
  if (result.text.size() > limits::kConvertTextBytes)
    return fail(ErrorCode::limit, too_long("the result", limits::kConvertTextBytes));
  return result;
}

}  // namespace slewd::app
