#include "formats/graphite_node.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fingerprint.h"
#include "core/metrics.h"
#include "tests/formats/sample_snapshots.h"
#include "tests/support/allocations.h"

namespace proctally::formats {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::string_view kNodeAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

std::string node(std::string_view label) { return std::string(graphite_node(label).view()); }
std::string tag_value(std::string_view label) {
  return std::string(graphite_tag_value(label).view());
}

std::string end_of(std::string_view label) {
  const auto digits = fingerprint(label);
  return '_' + std::string(digits.begin(), digits.begin() + 8);
}

TEST(GraphiteNodeTest, AnOrdinaryNameStaysAsItIs) {
  for (const auto* label : {"nginx", "systemd-journald", "node_exporter", "X11", "_other", "-", "_",
                            "a_1c9d0b5", "a_1c9d0b5g", "a_1C9D0B52", "a-1c9d0b52", "1c9d0b52"}) {
    EXPECT_EQ(node(label), label);
    EXPECT_EQ(tag_value(label), label);
  }
}

// As Python makes the digits: the names of stored series must never change.
TEST(GraphiteNodeTest, EveryOtherByteBecomesALineAndTheNodeEndsInAFingerprint) {
  EXPECT_EQ(node("php-fpm: pool www"), "php-fpm__pool_www_ae1271b0");
  EXPECT_EQ(node("python3.11"), "python3_11_46f4a626");
  EXPECT_EQ(node("../../etc"), "______etc_b2d9fe41");
  EXPECT_EQ(node("zürich"), "z__rich_fe8bb21e");
  EXPECT_EQ(node(R"(a\x0ab)"), "a_x0ab_780e070b");
  EXPECT_EQ(node("*"), "__af63a74c");
  EXPECT_EQ(node(""), "_cbf29ce4");
}

TEST(GraphiteNodeTest, EveryByteIsANodeWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string c(1, static_cast<char>(byte));
    const bool stays = kNodeAlphabet.find(c) != std::string_view::npos;
    for (const auto& label : {c, c + "a", "a" + c, "a" + c + "b"}) {
      auto expected = label;
      expected[label.find(c)] = stays ? c[0] : '_';
      EXPECT_EQ(node(label), stays ? label : expected + end_of(label)) << byte;
    }
  }
}

TEST(GraphiteNodeTest, EveryByteIsAValueOfATagWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string c(1, static_cast<char>(byte));
    const bool is_plain = byte > 0x20 && byte < 0x7f && c != ";";
    for (const auto& label : {c, c + "a", "a" + c, "a" + c + "b"}) {
      const auto at = label.find(c);
      const bool stays = is_plain && (c != "~" || at > 0);
      auto expected = label;
      expected[at] = stays ? c[0] : '_';
      EXPECT_EQ(tag_value(label), stays ? label : expected + end_of(label)) << byte;
    }
  }
}

TEST(GraphiteNodeTest, ValuesOfTagsKeepWhatANodeCannot) {
  EXPECT_EQ(tag_value("a.b/c:{d}=e!^*~"), "a.b/c:{d}=e!^*~");
  EXPECT_EQ(tag_value("a b"), "a_b" + end_of("a b"));
  EXPECT_EQ(tag_value("~~a"), "_~a" + end_of("~~a"));
}

TEST(GraphiteNodeTest, NoTwoLabelsShareANodeOrAValue) {
  std::map<std::string, std::string> labels_by_node;
  std::map<std::string, std::string> labels_by_value;
  const auto add = [&](const std::string& label) {
    EXPECT_EQ(labels_by_node.emplace(node(label), label).first->second, label);
    EXPECT_EQ(labels_by_value.emplace(tag_value(label), label).first->second, label);
  };
  for (const auto& label : awkward_names()) add(label);
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) add({'x', static_cast<char>(a), static_cast<char>(b), 'y'});
  }
}

TEST(GraphiteNodeTest, NoLabelCanTakeTheNodeOfAnother) {
  for (const std::string victim : {"my app", "python3.11", "", "a\nb"}) {
    EXPECT_EQ(node(node(victim)), node(victim) + end_of(node(victim)));
    if (tag_value(victim) == victim) continue;
    EXPECT_EQ(tag_value(tag_value(victim)), tag_value(victim) + end_of(tag_value(victim)));
  }
}

TEST(GraphiteNodeTest, NoLabelHasTheNodeOfProctallyItself) {
  EXPECT_EQ(node(kSelfNode), "proctally_self" + end_of(kSelfNode));
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{9}, kSelfNode.size() - 1}) {
      std::string label(kSelfNode);
      label[at] = static_cast<char>(byte);
      EXPECT_NE(node(label), kSelfNode);
    }
  }
  EXPECT_EQ(node("proctally"), "proctally");
}

TEST(GraphiteNodeTest, ALongLabelIsCutAndStaysApartFromItsLike) {
  const std::string longest(kMaxNodeBytes, 'a');
  EXPECT_EQ(node(longest), longest);
  std::set<std::string> nodes = {longest};
  for (const std::string end : {"a", "b", "ab", "ba"}) {
    const auto label = longest + end;
    const auto expected = longest.substr(0, kMaxNodeBytes - 9) + end_of(label);
    EXPECT_EQ(node(label), expected);
    EXPECT_EQ(tag_value(label), expected);
    EXPECT_TRUE(nodes.insert(expected).second) << end;
  }
  for (std::size_t size = kMaxNodeBytes - 12; size <= kMaxNodeBytes + 60; ++size) {
    const auto label = std::string(size - 1, 'a') + '.';
    EXPECT_LE(node(label).size(), kMaxNodeBytes);
    EXPECT_THAT(node(label), MatchesRegex("a+_?_[0-9a-f]{8}"));
  }
}

TEST(GraphiteNodeTest, NamesOfTheCatalogueAreNodes) {
  for (const auto& info : kMetrics) EXPECT_EQ(node(info.name), info.name);
  for (const auto& info : kSelfMetrics) EXPECT_EQ(node(info.name), info.name);
}

TEST(GraphiteNodeTest, NothingIsAllocated) {
  const std::string label(300, ' ');
  const std::size_t before = test::allocation_count();
  const auto cleaned_node = graphite_node(label);
  const auto cleaned_value = graphite_tag_value(label);
  EXPECT_EQ(test::allocation_count(), before);
  EXPECT_EQ(cleaned_node.view(), cleaned_value.view());
}

TEST(GraphiteNodesTest, WhatAPersonChoseIsTakenAsItIs) {
  for (const auto* text : {"a", "proctally", "a.b.c", "8c1f-42", "key:#@+=_-.x", "0"}) {
    EXPECT_NO_THROW(check_graphite_nodes("it", text)) << text;
  }
}

TEST(GraphiteNodesTest, WhatIsWrongIsSaidWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "it is empty"},
      {".", "it has a dot at position 1 with nothing in front of it"},
      {".a", "it has a dot at position 1 with nothing in front of it"},
      {"a..b", "it has a dot at position 3 with nothing in front of it"},
      {"a.b.", "it has a dot at position 4 with nothing behind it"},
      {"a b",
       "it has a character that is not allowed at position 2; allowed are letters, digits "
       "and any of _-:#@+=, and dots between them"},
      {"a.b;c", "at position 4"},
      {"a\n", "at position 2"},
      {"~a", "at position 1"},
      {"a/b", "at position 2"},
      {"a%", "at position 2"},
      {"z\xc3\xbcrich", "at position 2"}};
  for (const auto& [text, message] : cases) {
    try {
      check_graphite_nodes("it", text);
      ADD_FAILURE() << text;
    } catch (const GraphiteNameError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }
}

}  // namespace
}  // namespace proctally::formats
