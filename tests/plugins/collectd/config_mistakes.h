#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "plugins/collectd/config_reader.h"
#include "tests/plugins/collectd/config_text.h"

namespace proctally::plugins::collectd::test {

using Problems = std::vector<std::string>;

inline const std::string kPlugin = "<Plugin proctally>";
inline const std::string kSecond = kPlugin + " (2nd block)";
inline const std::string kParted = "; without quotes a sign such as - or . parts a word in two";

/// What the reader says is wrong with one more block.
inline Problems problems_of(ConfigReader& reader, const ConfigItem& block) {
  try {
    reader.read_block(block);
    return {};
  } catch (const SettingsError& error) {
    return error.problems();
  }
}

inline Problems problems_of(const std::string& block) {
  ConfigReader reader;
  return problems_of(reader, block_of(block));
}

struct Mistake {
  std::string block;
  Problems problems;  ///< Each without "<Plugin proctally>" at its beginning.
};

inline void expect_all(const std::vector<Mistake>& mistakes) {
  for (const auto& mistake : mistakes) {
    Problems expected;
    for (const auto& problem : mistake.problems) expected.push_back(kPlugin + problem);
    EXPECT_THAT(problems_of(mistake.block), testing::ElementsAreArray(expected)) << mistake.block;
  }
}

}  // namespace proctally::plugins::collectd::test
