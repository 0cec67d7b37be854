#include "core/fingerprint.h"

#include <gtest/gtest.h>

#include "core/naming/group_label.h"

namespace proctally {
namespace {

std::string digits_of(std::string_view text) {
  const auto digits = fingerprint(text);
  return {digits.begin(), digits.end()};
}

// From draft-eastlake-fnv; names of stored series end in them.
TEST(FingerprintTest, IsThatOfThePublishedTestVectors) {
  EXPECT_EQ(digits_of(""), "cbf29ce484222325");
  EXPECT_EQ(digits_of("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(digits_of("foobar"), "85944171f73967e8");
}

TEST(FingerprintTest, TakesEveryByte) {
  EXPECT_NE(digits_of(std::string_view("a\0", 2)), digits_of("a"));
  EXPECT_NE(digits_of("\xff"), digits_of("\x7f"));
}

TEST(FingerprintTest, IsTheOneInLabels) {
  EXPECT_EQ(naming::fingerprint("a/b"), digits_of("a/b"));
  EXPECT_EQ(naming::fingerprint("a/b"), "e620c3190468cf61");
}

}  // namespace
}  // namespace proctally
