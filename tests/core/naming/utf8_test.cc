#include "core/naming/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace proctally::naming {
namespace {

TEST(Utf8Test, DecodesTheFirstAndTheLastOfEachLength) {
  const std::vector<std::pair<std::string, CodePoint>> cases = {
      {std::string(1, '\0'), {0, 1}},
      {"\x7f", {0x7f, 1}},
      {"\xc2\x80", {0x80, 2}},
      {"\xdf\xbf", {0x7ff, 2}},
      {"\xe0\xa0\x80", {0x800, 3}},
      {"\xed\x9f\xbf", {0xd7ff, 3}},
      {"\xee\x80\x80", {0xe000, 3}},
      {"\xef\xbf\xbf", {0xffff, 3}},
      {"\xf0\x90\x80\x80", {0x10000, 4}},
      {"\xf4\x8f\xbf\xbf", {0x10ffff, 4}},
      {"\xe2\x82\xac and more", {0x20ac, 3}},
  };
  for (const auto& [text, expected] : cases) {
    SCOPED_TRACE(testing::PrintToString(text));
    const auto c = decode_utf8(text);
    EXPECT_EQ(c.bytes, expected.bytes);
    EXPECT_EQ(static_cast<std::uint32_t>(c.value), static_cast<std::uint32_t>(expected.value));
  }
}

TEST(Utf8Test, RefusesWhatIsNoUtf8) {
  const std::vector<std::string> cases = {
      "\x80",              // A byte that only continues.
      "\xbf\xbf",          //
      "\xc0\x80",          // Longer than need be.
      "\xc1\xbf",          //
      "\xe0\x9f\xbf",      //
      "\xf0\x8f\xbf\xbf",  //
      "\xed\xa0\x80",      // Surrogates.
      "\xed\xbf\xbf",      //
      "\xf4\x90\x80\x80",  // Past U+10FFFF.
      "\xf5\x80\x80\x80",  //
      "\xff",              //
      "\xc3",              // Cut off.
      "\xe2\x82",          //
      "\xf0\x9f\x98",      //
      "\xc3(",             // Not continued.
      "\xe2(\xac",         //
      "\xe2\x82(",         //
      "\xf0\x9f\x98(",     //
  };
  for (const auto& text : cases) {
    EXPECT_EQ(decode_utf8(text).bytes, 0U) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace proctally::naming
