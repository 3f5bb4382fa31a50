// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/text_writer.hpp"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <prometheus/metric_family.h>

#include "exporter/metrics/families.hpp"
#include "exporter/utf8.hpp"

namespace slewd::exporter {
namespace {

std::string written(FamilySet& set, Format format) {
  std::string out;
  write_families(set.take(), format, out);
  return out;
}

TEST(TextWriter, WritesHelpTypeAndSamples) {
  FamilySet set;
  set.add("slewd_source_responses_total", std::uint64_t{7}, {{"source", "a"}});
  EXPECT_EQ(written(set, Format::text),
            "# HELP slewd_source_responses_total Replies received, used or not.\n"
            "# TYPE slewd_source_responses_total counter\n"
            "slewd_source_responses_total{source=\"a\"} 7\n");
}

TEST(TextWriter, NamesOpenMetricsCountersWithoutTotalAndGivesUnits) {
  FamilySet set;
  set.add("process_cpu_seconds_total", 1.5);
  EXPECT_EQ(written(set, Format::open_metrics),
            "# HELP process_cpu_seconds User and system CPU time of the process.\n"
            "# TYPE process_cpu_seconds counter\n"
            "# UNIT process_cpu_seconds seconds\n"
            "process_cpu_seconds_total 1.5\n");
}

TEST(TextWriter, WritesDoublesThatReadBackExactly) {
  FamilySet set;
  set.add("slewd_clock_offset_seconds", 0.1 + 0.2);
  EXPECT_THAT(written(set, Format::text),
              testing::HasSubstr("slewd_clock_offset_seconds 0.30000000000000004\n"));
}

TEST(TextWriter, WritesTheSpecialValues) {
  FamilySet set;
  set.add("slewd_probe_state_age_seconds", std::nan(""), {{"probe", "a"}});
  set.add("slewd_probe_state_age_seconds", std::numeric_limits<double>::infinity(),
          {{"probe", "b"}});
  const std::string text = written(set, Format::text);
  EXPECT_THAT(text, testing::HasSubstr("{probe=\"a\"} NaN\n"));
  EXPECT_THAT(text, testing::HasSubstr("{probe=\"b\"} +Inf\n"));
}

TEST(TextWriter, EscapesLabelValues) {
  FamilySet set;
  set.add("slewd_rule_evaluations_total", 1.0, {{"rule", "a\"b\\c\nd"}});
  EXPECT_THAT(written(set, Format::text), testing::HasSubstr("{rule=\"a\\\"b\\\\c\\nd\"} 1\n"));
}

TEST(TextWriter, EscapesHelpSoThatANewlineCannotBreakThePage) {
  prometheus::MetricFamily family;
  family.name = "x";
  family.help = "one\ntwo \\ \"three\"";
  family.type = prometheus::MetricType::Gauge;
  family.metric.emplace_back();
  std::string text;
  write_families({family}, Format::text, text);
  EXPECT_THAT(text, testing::StartsWith("# HELP x one\\ntwo \\\\ \"three\"\n"));
  text.clear();
  write_families({family}, Format::open_metrics, text);
  EXPECT_THAT(text, testing::StartsWith("# HELP x one\\ntwo \\\\ \\\"three\\\"\n"));
}

TEST(TextWriter, WritesHistogramsCumulatively) {
  FamilySet set;
  constexpr std::array<double, 2> kBounds{0.5, 1.0};
  constexpr std::array<std::uint64_t, 3> kCounts{2, 0, 1};
  set.add_histogram("slewd_http_request_duration_seconds", kBounds, kCounts, 7.25);
  const std::string text = written(set, Format::text);
  EXPECT_THAT(text, testing::HasSubstr("_bucket{le=\"0.5\"} 2\n"));
  EXPECT_THAT(text, testing::HasSubstr("_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, testing::HasSubstr("_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, testing::HasSubstr("_sum 7.25\n"));
  EXPECT_THAT(text, testing::HasSubstr("_count 3\n"));
}

TEST(TextWriter, ReplacesWhatIsNoUtf8) {
  EXPECT_EQ(to_utf8("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(to_utf8("a\xFF"
                    "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(to_utf8("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong slash";
  EXPECT_EQ(to_utf8("\xED\xA0\x80").size(), 9U) << "a surrogate half";
  EXPECT_EQ(to_utf8("\xF0\x9F\x95"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "cut short";
}

struct AcceptCase {
  std::string_view accept;
  Format format;
};

class Accept : public testing::TestWithParam<AcceptCase> {};

TEST_P(Accept, ChoosesTheFormat) { EXPECT_EQ(negotiate(GetParam().accept), GetParam().format); }

INSTANTIATE_TEST_SUITE_P(
    Headers, Accept,
    testing::Values(
        AcceptCase{"", Format::text}, AcceptCase{"*/*", Format::text},
        AcceptCase{"text/plain", Format::text},
        AcceptCase{"application/openmetrics-text", Format::open_metrics},
        AcceptCase{"Application/OpenMetrics-Text; version=1.0.0", Format::open_metrics},
        AcceptCase{"application/openmetrics-text;q=0", Format::text},
        AcceptCase{"application/openmetrics-text;q=0.4,text/plain;q=0.5", Format::text},
        AcceptCase{"application/openmetrics-text;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1",
                   Format::open_metrics},
        // As Prometheus 2.42 asks.
        AcceptCase{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
                   "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                   Format::open_metrics},
        AcceptCase{"application/openmetrics-text;q=banana", Format::text},
        AcceptCase{";;;,,,=q", Format::text}));

}  // namespace
}  // namespace slewd::exporter
