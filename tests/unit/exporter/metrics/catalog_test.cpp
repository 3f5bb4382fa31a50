// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/catalog.hpp"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

namespace slewd::exporter {
namespace {

constexpr std::string_view kBegin = "<!-- generated: catalogue -->\n";
constexpr std::string_view kEnd = "<!-- end -->\n";
const std::string kDocs = std::string(SLEWD_SOURCE_DIR) + "/docs/metrics.md";

std::string read_docs() {
  std::ifstream file(kDocs);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Catalog, IsWhatTheDocumentationShows) {
  std::string docs = read_docs();
  const std::size_t begin = docs.find(kBegin);
  const std::size_t end = docs.find(kEnd);
  ASSERT_NE(begin, std::string::npos) << kDocs;
  ASSERT_NE(end, std::string::npos) << kDocs;
  const std::size_t from = begin + kBegin.size();
  if (std::getenv("SLEWD_UPDATE_DOCS") != nullptr) {
    docs.replace(from, end - from, catalog_markdown());
    std::ofstream(kDocs) << docs;
    GTEST_SKIP() << "rewrote " << kDocs;
  }
  EXPECT_EQ(docs.substr(from, end - from), catalog_markdown())
      << "docs/metrics.md is behind the catalogue; SLEWD_UPDATE_DOCS=1 rewrites it";
}

TEST(Catalog, NamesEachMetricOnce) {
  std::set<std::string_view> names;
  for (const MetricInfo& row : kCatalog) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(Catalog, KeepsTheNamingRulesOfPrometheus) {
  for (const MetricInfo& row : kCatalog) {
    SCOPED_TRACE(row.name);
    EXPECT_TRUE(row.name.starts_with("slewd_") || row.name.starts_with("process_"));
    EXPECT_EQ(row.name.ends_with("_total"), row.kind == MetricKind::counter);
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos);
    EXPECT_TRUE(row.help.ends_with(".")) << "a help text is a sentence";
    EXPECT_EQ(row.help.find('|'), std::string_view::npos) << "would break the table of the docs";
    for (const std::string_view label : {"type", "job", "instance", "region"}) {
      EXPECT_EQ(("," + std::string(row.labels) + ",").find("," + std::string(label) + ","),
                std::string::npos);
    }
  }
}

TEST(Catalog, FindsTheUnitInTheName) {
  EXPECT_EQ(unit_of("slewd_clock_offset_seconds"), "seconds");
  EXPECT_EQ(unit_of("process_cpu_seconds_total"), "seconds");
  EXPECT_EQ(unit_of("slewd_clock_frequency_skew_ratio"), "ratio");
  EXPECT_EQ(unit_of("slewd_clock_stratum"), "");
  EXPECT_EQ(unit_of("seconds"), "");
}

}  // namespace
}  // namespace slewd::exporter
