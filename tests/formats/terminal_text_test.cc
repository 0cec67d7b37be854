#include "formats/terminal_text.h"

#include <gtest/gtest.h>

namespace proctally::formats {
namespace {

std::string cut(std::string_view text, std::size_t width) {
  std::string out;
  append_cut(text, width, out);
  return out;
}

TEST(TerminalTextTest, CountsColumnsNotBytes) {
  EXPECT_EQ(display_width(""), 0);
  EXPECT_EQ(display_width("nginx"), 5);
  EXPECT_EQ(display_width("größe"), 5);
  EXPECT_EQ(display_width("▏█…"), 3);
  EXPECT_EQ(display_width("夜間"), 4);
  EXPECT_EQ(display_width("\U0001F980"), 2);
  EXPECT_EQ(display_width("e\u0301"), 1);
}

TEST(TerminalTextTest, WhatFitsStaysWhole) {
  EXPECT_EQ(cut("", 1), "");
  EXPECT_EQ(cut("nginx", 5), "nginx");
  EXPECT_EQ(cut("größe", 5), "größe");
  EXPECT_EQ(cut("夜間", 4), "夜間");
}

TEST(TerminalTextTest, WhatDoesNotFitEndsInAnEllipsis) {
  EXPECT_EQ(cut("nginx", 4), "ngi…");
  EXPECT_EQ(cut("nginx", 1), "…");
  EXPECT_EQ(cut("e\u0301e\u0301e\u0301", 2), "e\u0301…");
}

TEST(TerminalTextTest, NeverCutsInsideACodePoint) {
  EXPECT_EQ(cut("größe", 4), "grö…");
  EXPECT_EQ(cut("größe", 3), "gr…");
  EXPECT_EQ(cut("夜間バ", 5), "夜間…");
  EXPECT_EQ(cut("夜間バ", 4), "夜…");
  EXPECT_EQ(cut("\U0001F980\U0001F980", 3), "\U0001F980…");
}

TEST(TerminalTextTest, ReadsNothingBeyondTheTextWhenItsEndIsMissing) {
  const std::string_view whole = "a\U0001F980";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string text(whole.substr(0, size));
    EXPECT_LE(display_width(text), 3);
    EXPECT_EQ(cut(text, 40), text);
    EXPECT_LE(display_width(cut(text, 1)), 1);
  }
}

}  // namespace
}  // namespace proctally::formats
