// SPDX-License-Identifier: Apache-2.0
// What a file uses of the standard library it includes, itself or by headers of ours. What the
// library's own headers bring along differs between its versions, and files that are compiled
// together (SLEWD_UNITY) lend each other their headers.
#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/policy/source_file.hpp"
#include "tests/policy/tree.hpp"

namespace slewd::policy {
namespace {

// What a header gives, after "std::" or "std::ranges::". Left out is what several headers give,
// such as std::size_t, and a name that means another thing in each, such as std::remove.
const std::map<std::string, std::string>& names_of_headers() {
  static const std::map<std::string, std::string> all{
      {"algorithm",
       "adjacent_find all_of any_of binary_search clamp copy copy_if copy_n count count_if equal "
       "equal_range fill fill_n find find_if find_if_not for_each generate includes is_sorted "
       "lexicographical_compare lower_bound max max_element merge min min_element minmax mismatch "
       "none_of nth_element partition remove_if replace reverse rotate search set_difference "
       "set_intersection shuffle sort stable_sort transform unique upper_bound"},
      {"array", "array to_array"},
      {"atomic",
       "atomic atomic_flag memory_order_acquire memory_order_relaxed memory_order_release"},
      {"bit", "bit_cast bit_ceil bit_width countl_zero countr_zero has_single_bit popcount"},
      {"charconv", "from_chars to_chars chars_format"},
      {"chrono", "chrono"},
      {"cmath",
       "abs ceil cos exp floor fmod hypot isfinite isinf isnan llround log log10 log2 lround pow "
       "round signbit sin sqrt trunc"},
      {"condition_variable", "condition_variable"},
      {"cstdint",
       "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t intptr_t uintptr_t"},
      {"cstdio", "FILE fclose fflush fopen fprintf fputs fread fwrite printf puts rename snprintf"},
      {"cstdlib", "abort atoi exit getenv strtod strtol strtoul strtoull"},
      {"cstring", "memchr memcmp memcpy memmove memset strchr strcmp strerror strlen strstr"},
      {"deque", "deque"},
      {"filesystem", "filesystem"},
      {"fstream", "fstream ifstream ofstream"},
      {"functional",
       "bind_front cref equal_to function greater hash identity invoke less minus not_fn plus ref "
       "reference_wrapper"},
      {"limits", "numeric_limits"},
      {"list", "list"},
      {"map", "map multimap"},
      {"memory", "enable_shared_from_this make_shared make_unique shared_ptr unique_ptr weak_ptr"},
      {"mutex", "call_once lock_guard mutex once_flag scoped_lock unique_lock"},
      {"numeric", "accumulate gcd iota lcm midpoint reduce"},
      {"optional", "make_optional nullopt optional"},
      {"random", "mt19937 mt19937_64 random_device uniform_int_distribution"},
      {"set", "multiset set"},
      {"span", "as_bytes as_writable_bytes span"},
      {"sstream", "istringstream ostringstream stringstream"},
      {"stdexcept", "invalid_argument logic_error out_of_range runtime_error"},
      {"string", "stod stoi stol stoul string to_string u8string"},
      {"string_view", "string_view"},
      {"thread", "jthread this_thread thread"},
      {"tuple", "forward_as_tuple make_tuple tie tuple"},
      {"type_traits",
       "conditional_t decay_t is_enum_v is_same_v is_trivially_copyable_v remove_cvref_t "
       "underlying_type_t"},
      {"unordered_map", "unordered_map"},
      {"utility", "as_const cmp_less exchange forward in_range make_pair move pair swap"},
      {"variant", "get_if holds_alternative monostate variant visit"},
      {"vector", "vector"}};
  return all;
}

// The first of these names that the file uses, or nothing.
std::string used_of(const std::string& names, const SourceFile& file) {
  std::istringstream each(names);
  for (std::string name; each >> name;)
    for (const std::string_view line : file.code)
      if (has_word(line, "std::" + name) || has_word(line, "std::ranges::" + name))
        return "std::" + name;
  return {};
}

class Tree {
 public:
  explicit Tree(const std::vector<SourceFile>& files) {
    for (const SourceFile& file : files) by_path_.emplace(file.path, &file);
  }

  // "path uses std::sort without <algorithm>", one for each header that a file lacks.
  [[nodiscard]] std::vector<std::string> lacks() const {
    std::vector<std::string> found;
    for (const auto& [path, file] : by_path_) {
      if (!is_cpp(*file)) continue;
      std::set<std::string> given;
      collect(*file, given);
      for (const auto& [header, names] : names_of_headers()) {
        if (given.contains('<' + header)) continue;
        if (const std::string name = used_of(names, *file); !name.empty())
          found.push_back(path + " uses " + name + " without <" + header + ">");
      }
    }
    return found;
  }

 private:
  // Each header that the file has: ours by their paths, others after a '<'.
  void collect(const SourceFile& file, std::set<std::string>& given) const {
    for (const Include& include : file.includes) {
      const auto ours = by_path_.find(include.path);
      const bool is_ours = include.quoted && ours != by_path_.end();
      if (given.insert(is_ours ? include.path : '<' + include.path).second && is_ours)
        collect(*ours->second, given);
    }
  }

  std::map<std::string, const SourceFile*> by_path_;
};

TEST(PolicyStandardHeaders, AreIncludedWhereTheyAreUsed) {
  const std::vector<SourceFile> files = load_tree(SLEWD_SOURCE_DIR);
  for (const std::string& lack : Tree(files).lacks()) ADD_FAILURE() << lack;
}

TEST(PolicyStandardHeaders, ComeByHeadersOfOursToo) {
  const std::vector<SourceFile> files{
      parse_source("a.hpp", "#include <string>\n#include \"b.hpp\"\n"),
      parse_source("b.hpp", "#include <vector>\n#include \"a.hpp\"\nstd::vector<int> b();\n"),
      parse_source("c.cpp", "#include \"a.hpp\"\nstd::vector<std::string> c;  // std::map\n")};
  EXPECT_TRUE(Tree(files).lacks().empty());
}

TEST(PolicyStandardHeaders, AreMissedWhereNobodyBringsThem) {
  const std::vector<SourceFile> files{
      parse_source("a.cpp", "#include <vector>\nint a = std::ranges::max(1, 2);\n"),
      parse_source("b.cpp", "std::uint16_t b;\nstd::uint32_t c;\n")};
  EXPECT_EQ(Tree(files).lacks(),
            (std::vector<std::string>{"a.cpp uses std::max without <algorithm>",
                                      "b.cpp uses std::uint16_t without <cstdint>"}));
}

}  // namespace
}  // namespace slewd::policy
