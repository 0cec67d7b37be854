#include "core/procfs/pid_statm.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/support/fixture.h"

namespace proctally::procfs {
namespace {

TEST(PidStatmTest, ReadsSizeAndResidentSet) {
  struct Row {
    std::string_view text;
    PidStatm expected;
  };
  constexpr Row kRows[] = {
      {"58804 2295 1412 691 0 7483 0\n", {58804, 2295}},
      {"0 0 0 0 0 0 0\n", {0, 0}},
      {"18446744073709551615 18446744073709551615 0\n", {~0ULL, ~0ULL}},
      {"1 2 \n", {1, 2}},
  };
  for (const auto& [text, expected] : kRows) EXPECT_EQ(parse_pid_statm(text), expected) << text;
}

TEST(PidStatmTest, ReadsAKernelThreadAsEmpty) {
  EXPECT_EQ(parse_pid_statm(test::fixture("proc/kernel_worker/statm")), PidStatm{});
}

TEST(PidStatmTest, TellsNothingOfAFileThatWasCutShort) {
  const auto text = test::fixture("proc/ordinary/statm");
  const auto whole = parse_pid_statm(text);
  ASSERT_TRUE(whole);
  EXPECT_GT(whole->resident_pages, 1000U);
  test::for_each_prefix(
      text, [](std::string_view prefix) { EXPECT_FALSE(parse_pid_statm(prefix)) << prefix; });
}

TEST(PidStatmTest, TellsNothingOfWhatTheKernelDoesNotPrint) {
  for (const std::string_view text :
       {"", "\n", " \n", "1\n", "1 \n", "1\t2\n", "-1 2 3\n", "1 -2 3\n", "x 2 3\n", "1 x 3\n",
        " 1 2 3\n", "1  2 3\n", "18446744073709551616 2 3\n"}) {
    EXPECT_FALSE(parse_pid_statm(text)) << text;
  }
}

}  // namespace
}  // namespace proctally::procfs
