#include "formats/graphite_template.h"

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "formats/graphite_node.h"

namespace proctally::formats {
namespace {

using testing::HasSubstr;

/// The pieces, as a text to compare.
std::string pieces(const std::string& text) {
  const GraphiteTemplate path(text);
  std::string out;
  for (const auto& piece : path.pieces()) {
    switch (piece.part) {
      case GraphitePart::text:
        out += '"' + piece.text + '"';
        break;
      case GraphitePart::prefix:
        out += 'P';
        break;
      case GraphitePart::host:
        out += 'H';
        break;
      case GraphitePart::group:
        out += 'G';
        break;
      case GraphitePart::metric:
        out += 'M';
        break;
    }
  }
  return out;
}

TEST(GraphiteTemplateTest, IsMadeOfPlaceholdersAndText) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{prefix}.{host}.{group}.{metric}", R"(P"."H"."G"."M)"},
      {"{prefix}.{host}.procs.{group}.{metric}", R"(P"."H".procs."G"."M)"},
      {"servers.{host}.process-{group}.{metric}", R"("servers."H".process-"G"."M)"},
      {"{metric}.{group}", R"(M"."G)"},
      {"{group}-of-{host}.x_{metric}_y", R"(G"-of-"H".x_"M"_y")"},
      {"{metric}.x.{host}-{group}", R"(M".x."H"-"G)"},
      {"{group}.{metric}.{host}:{prefix}", R"(G"."M"."H":"P)"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(pieces(text), expected);
}

TEST(GraphiteTemplateTest, TheDefaultIsTheFirstOfThem) {
  const GraphiteTemplate path;
  ASSERT_EQ(path.pieces().size(), 7);
  EXPECT_EQ(path.pieces()[4].part, GraphitePart::group);
  EXPECT_EQ(pieces(std::string(kDefaultGraphiteTemplate)), R"(P"."H"."G"."M)");
}

TEST(GraphiteTemplateTest, WhatIsWrongIsSaidWithItsPlaceAndWhatIsAllowed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "the template is empty; it must have {group} and {metric}"},
      {"{host}", "the template has no {group}; it must have {group} and {metric}"},
      {"{group}.x", "the template has no {metric}; it must have {group} and {metric}"},
      {"{metric}", "the template has no {group}"},
      {"{prefix}.{grup}.{metric}",
       "the template has something unknown in braces at position 10; known are {prefix}, {host}, "
       "{group} and {metric}"},
      {"{group}.{Metric}", "unknown in braces at position 9"},
      {"{group}.{ metric}", "unknown in braces at position 9"},
      {"{}.{group}.{metric}", "unknown in braces at position 1"},
      {"{{group}}.{metric}", "unknown in braces at position 1"},
      {"{group}.{metric", "the template has a \"{\" at position 9 without its \"}\""},
      {"{", "has a \"{\" at position 1 without its \"}\""},
      {"group}.{metric}",
       "the template has a character that is not allowed at position 6; allowed are {prefix}, "
       "{host}, {group} and {metric}, letters, digits and any of _-:#@+=, and dots"},
      {"{group} {metric}", "not allowed at position 8"},
      {"{group};{metric}", "not allowed at position 8"},
      {"{group}/{metric}", "not allowed at position 8"},
      {"{group}.{metric}\n", "not allowed at position 17"},
      {"z\xc3\xbc.{group}.{metric}", "not allowed at position 2"},
      {"$host.{group}.{metric}", "not allowed at position 1"},
      {".{group}.{metric}", "the template has a dot at position 1 that leaves a node empty"},
      {"{group}..{metric}", "has a dot at position 9 that leaves a node empty"},
      {"{group}.{metric}.", "has a dot at position 17 that leaves a node empty"},
      {"{group}.{group}.{metric}", "the template has {group} again at position 9"},
      {"{host}.{group}.{metric}.{host}", "has {host} again at position 25"},
      {"{host}{group}.{metric}",
       "the template has {group} at position 7 right behind another; put a dot between them"},
      {"{group}{metric}", "has {metric} at position 8 right behind another"},
      {"{group}_{metric}",
       "the template has {group} and {metric} in one node; there must be a dot between them"},
      {"{host}.{metric}-{prefix}-{group}.x", "has {group} and {metric} in one node"}};
  for (const auto& [text, message] : cases) {
    try {
      ADD_FAILURE() << text << " became " << pieces(text);
    } catch (const GraphiteNameError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }
}

}  // namespace
}  // namespace proctally::formats
