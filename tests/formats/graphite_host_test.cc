#include "formats/graphite_host.h"

#include <gmock/gmock.h>

#include <string>
#include <tuple>
#include <vector>

#include "formats/graphite_node.h"

namespace proctally::formats {
namespace {

using enum HostMode;
using testing::HasSubstr;

TEST(GraphiteHostTest, AnOptionIsAModeOrALiteralName) {
  EXPECT_EQ(host_mode_of("auto"), automatic);
  EXPECT_EQ(host_mode_of("fqdn"), fqdn);
  EXPECT_EQ(host_mode_of("reversed"), reversed);
  for (const auto* option : {"web01", "Auto", "FQDN", "reverse", ""}) {
    EXPECT_EQ(host_mode_of(option), literal) << option;
  }
}

TEST(GraphiteHostTest, EachModeMakesItsNodes) {
  const std::vector<std::tuple<HostMode, std::string, std::string>> cases = {
      {automatic, "web01", "web01"},
      {automatic, "web01.example.com", "web01"},
      {automatic, "Web-01.", "Web-01"},
      {automatic, "my_host", "my_host"},
      {automatic, "w\xff b;c\n.x", "w__b_c_"},
      {automatic, "localhost1", "localhost1"},
      {automatic, "local", "local"},
      {fqdn, "web01.example.com", "web01_example_com"},
      {fqdn, "web01.example.com.", "web01_example_com"},
      {fqdn, "web01", "web01"},
      {fqdn, "web/01.example.com", "web_01_example_com"},
      {reversed, "web01.example.com", "com.example.web01"},
      {reversed, "web01.example.com.", "com.example.web01"},
      {reversed, "web01", "web01"},
      {reversed, "a b.c:d", "c_d.a_b"},
      {literal, "dc1.web01", "dc1.web01"},
      {literal, "web:01", "web:01"},
      {literal, "web01.localhost", "web01.localhost"}};
  for (const auto& [mode, name, expected] : cases) EXPECT_EQ(host_node(mode, name), expected);
}

TEST(GraphiteHostTest, WhatIsNoNameOfAHostIsRefused) {
  const std::vector<std::tuple<HostMode, std::string, std::string>> cases = {
      {automatic, "", "the name of this host is empty"},
      {fqdn, "", "is empty"},
      {fqdn, ".", "is empty"},
      {reversed, "", "is empty"},
      {literal, "", "is empty"},
      {automatic, "localhost", "the name of this host is \"localhost\", as any may be called"},
      {automatic, "localhost.", "\"localhost\""},
      {automatic, "LocalHost.localdomain", "\"localhost\""},
      {fqdn, "localhost.example.com", "\"localhost\""},
      {reversed, "localhost.localdomain", "\"localhost\""},
      {literal, "localhost", "\"localhost\""},
      {automatic, ".web01", "the name of this host has an empty part"},
      {fqdn, "web01..com", "has an empty part"},
      {reversed, "web01.com..", "has an empty part"},
      {literal, "web 01",
       "the name of this host has a character that is not allowed at position 4"},
      {literal, "web01;x=y", "at position 6"},
      {literal, "web01.", "the name of this host has a dot at position 6 with nothing behind it"},
      {literal, "a\n", "at position 2"}};
  for (const auto& [mode, name, message] : cases) {
    try {
      ADD_FAILURE() << name << " became " << host_node(mode, name);
    } catch (const GraphiteNameError& error) {
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }
}

TEST(GraphiteHostTest, EveryByteOfAHostNameIsCleaned) {
  for (int byte = 0; byte < 256; ++byte) {
    if (byte == '.') continue;
    const auto name = std::string("a") + static_cast<char>(byte) + "b.c";
    for (const auto mode : {automatic, fqdn, reversed}) {
      EXPECT_NO_THROW(check_graphite_nodes("it", host_node(mode, name))) << byte;
    }
  }
}

}  // namespace
}  // namespace proctally::formats
