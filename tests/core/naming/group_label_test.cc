#include "core/naming/group_label.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace proctally::naming {
namespace {

std::string hex_of(unsigned byte) {
  std::array<char, 5> text{};
  (void)std::snprintf(text.data(), text.size(), "\\x%02x", byte);
  return text.data();
}

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += hex_of(static_cast<unsigned char>(c));
  return text;
}

/// What a byte becomes that stands among ASCII.
std::string expected_of(unsigned byte) {
  const bool is_kept = byte >= 0x20 && byte < 0x7f && byte != '\\';
  return is_kept ? std::string(1, static_cast<char>(byte)) : hex_of(byte);
}

/// The bytes of the UTF-8 sequence that begins with `lead`, of the shape only; 0 for none.
std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/// Whole sequences, no controls, and a backslash only in front of xNN.
void expect_harmless(const std::string& label) {
  for (std::size_t i = 0; i < label.size();) {
    const auto lead = static_cast<unsigned char>(label[i]);
    ASSERT_TRUE(lead >= 0x20 && lead != 0x7f) << testing::PrintToString(label);
    const auto length = sequence_length(lead);
    ASSERT_GT(length, 0U) << testing::PrintToString(label);
    ASSERT_LE(i + length, label.size()) << testing::PrintToString(label);
    for (std::size_t k = 1; k < length; ++k) {
      ASSERT_EQ(static_cast<unsigned char>(label[i + k]) & 0xc0U, 0x80U);
    }
    if (lead == '\\') {
      ASSERT_EQ(label.substr(i, 2), "\\x") << label;
      ASSERT_EQ(label.substr(i + 2, 2).find_first_not_of("0123456789abcdef"), std::string::npos);
      ASSERT_LE(i + 4, label.size()) << label;
    }
    i += length;
  }
}

TEST(GroupLabelTest, KeepsPrintableNamesAsTheyAre) {
  for (const auto* name : {"nginx", "postgres: writer", "a,b=c \"d\" '#{}~", "Käse", "进程", "🐧",
                           "e\u0301", "\u00a0", "\u200a", "\u2010", "\ue000", "\ufffd"}) {
    EXPECT_EQ(make_group_label(name), name);
  }
}

TEST(GroupLabelTest, IsEmptyForTheEmptyNameOnly) {
  EXPECT_EQ(make_group_label(""), "");
  for (unsigned byte = 0; byte < 256; ++byte) {
    EXPECT_NE(make_group_label(std::string(1, static_cast<char>(byte))), "");
  }
}

TEST(GroupLabelTest, EscapesEachByteThatIsNotPrintableAloneAndInside) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    EXPECT_EQ(make_group_label(text), expected_of(byte));
    EXPECT_EQ(make_group_label("a" + text + "b"), "a" + expected_of(byte) + "b");
    EXPECT_EQ(make_group_label("é" + text + "é"), "é" + expected_of(byte) + "é");
  }
}

TEST(GroupLabelTest, NeverSharesALabelAmongNamesOfOneOrTwoBytes) {
  std::set<std::string> labels;
  std::size_t names = 0;
  for (unsigned first = 0; first < 256; ++first) {
    const std::string one(1, static_cast<char>(first));
    labels.insert(make_group_label(one));
    ++names;
    for (unsigned second = 0; second < 256; ++second) {
      const auto label = make_group_label(one + static_cast<char>(second));
      ASSERT_NO_FATAL_FAILURE(expect_harmless(label));
      ASSERT_FALSE(label.ends_with('\\'));
      labels.insert(label);
      ++names;
    }
  }
  EXPECT_EQ(labels.size(), names);
}

TEST(GroupLabelTest, KeepsANameApartFromOneThatSpellsItsLabel) {
  for (const auto* name : {"\n", "\\", "a\\", "\xff", "\\x0a", "\u202e"}) {
    const auto label = make_group_label(name);
    EXPECT_NE(make_group_label(label), label) << label;
  }
  EXPECT_EQ(make_group_label("a\\"), R"(a\x5c)");
  EXPECT_EQ(make_group_label(R"(\x0a)"), R"(\x5cx0a)");
}

TEST(GroupLabelTest, KeepsProcessesOutOfTheGroupsThatHaveAMeaning) {
  EXPECT_EQ(make_group_label("_other"), R"(\x5fother)");
  EXPECT_EQ(make_group_label("_empty"), R"(\x5fempty)");
  EXPECT_EQ(make_group_label("_others"), "_others");
  EXPECT_EQ(make_group_label(R"(\x5fother)"), R"(\x5cx5fother)");
}

TEST(GroupLabelTest, EscapesWhatIsInvisibleOrTurnsTheText) {
  for (const auto* text :
       {"\u0080", "\u0085", "\u009f",  // C1 controls
        "\u061c", "\u200e", "\u200f", "\u202a", "\u202e",     "\u2066",     "\u2069",  // direction
        "\u00ad", "\u034f", "\u180e", "\u200b", "\u200d",     "\u2060",     "\ufeff",  // no width
        "\u115f", "\u3164", "\uffa0", "\ufe0f", "\U000e0041", "\U000e0100",            // invisible
        "\u2028", "\u2029", "\ufff9", "\ufffb"}) {  // lines, annotations
    EXPECT_EQ(make_group_label(std::string("a") + text + "b"), "a" + escaped(text) + "b");
  }
}

TEST(GroupLabelTest, EscapesEachByteOfBrokenUtf8) {
  EXPECT_EQ(make_group_label("\xc3"), R"(\xc3)");
  EXPECT_EQ(make_group_label("\xe2\x82"), R"(\xe2\x82)");
  EXPECT_EQ(make_group_label("\xc0\xaf"), R"(\xc0\xaf)");
  EXPECT_EQ(make_group_label("\xed\xa0\x80"), R"(\xed\xa0\x80)");
  EXPECT_EQ(make_group_label("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)");
  EXPECT_EQ(make_group_label("\xe2\x82€"), R"(\xe2\x82€)");
}

TEST(GroupLabelTest, KeepsANameOfExactlyTheLimit) {
  const std::string name(kMaxLabelBytes, 'a');
  EXPECT_EQ(make_group_label(name), name);
}

TEST(GroupLabelTest, CutsALongerOneAndEndsItInAHashOfTheWhole) {
  const auto label = make_group_label(std::string(kMaxLabelBytes + 1, 'a'));
  EXPECT_EQ(label.size(), kMaxLabelBytes);
  EXPECT_EQ(label.substr(0, 240), std::string(239, 'a') + "~");
  EXPECT_EQ(label.substr(240).find_first_not_of("0123456789abcdef"), std::string::npos);
  // FNV-1a of 257 times 'a', worked out elsewhere: dashboards rely on it from release to release.
  EXPECT_EQ(label.substr(240), "70a8dc6fbe487b8c");
}

TEST(GroupLabelTest, KeepsLongNamesApartThatDifferAtTheEndOnly) {
  const std::string name(10'000, 'a');
  EXPECT_NE(make_group_label(name + "1"), make_group_label(name + "2"));
  EXPECT_NE(make_group_label(name), make_group_label(name + "a"));
}

TEST(GroupLabelTest, CutsBetweenCodePointsAndBetweenEscapes) {
  for (const auto* piece : {"é", "€", "🐧", "\n", "\\", "\xff", "\u202e"}) {
    for (std::size_t shift = 0; shift < 12; ++shift) {
      std::string name(shift, 'a');
      while (name.size() < 2 * kMaxLabelBytes) name += piece;
      const auto label = make_group_label(name);
      SCOPED_TRACE(label);
      ASSERT_NO_FATAL_FAILURE(expect_harmless(label));
      EXPECT_LE(label.size(), kMaxLabelBytes);
      EXPECT_GT(label.size(), kMaxLabelBytes - 4);
    }
  }
}

TEST(EscapeUnprintableTest, KeepsBackslashesAndHasNoLimit) {
  EXPECT_EQ(escape_unprintable("a\\b\n\xff\t\u202eé"), R"(a\b\x0a\xff\x09\xe2\x80\xaeé)");
  EXPECT_EQ(escape_unprintable(std::string("\0", 1)), R"(\x00)");
  EXPECT_EQ(escape_unprintable(""), "");
  const std::string text(10 * kMaxLabelBytes, 'a');
  EXPECT_EQ(escape_unprintable(text), text);
}

TEST(PlaceToCutTest, SplitsNeitherACodePointNorAnEscape) {
  const auto cut = [](std::string_view text, std::size_t most) {
    return text.substr(0, place_to_cut(text, most));
  };
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abc", 9), "abc");
  EXPECT_EQ(cut("abc", 2), "ab");
  EXPECT_EQ(cut("abc", 0), "");
  EXPECT_EQ(cut("a€b", 1), "a");
  EXPECT_EQ(cut("a€b", 2), "a");
  EXPECT_EQ(cut("a€b", 3), "a");
  EXPECT_EQ(cut("a€b", 4), "a€");
  EXPECT_EQ(cut(R"(a\xffb)", 2), "a");
  EXPECT_EQ(cut(R"(a\xffb)", 4), "a");
  EXPECT_EQ(cut(R"(a\xffb)", 5), R"(a\xff)");
  EXPECT_EQ(cut(R"(a\nothing)", 3), R"(a\n)");
  EXPECT_EQ(cut("\x80\x80\x80", 2), "");
}

}  // namespace
}  // namespace proctally::naming
