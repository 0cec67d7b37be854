#include "plugins/collectd/stock_types.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace proctally::plugins::collectd {
namespace {

struct Source {
  std::string name;
  std::string kind;
  std::string least;
  std::string most;
};

/// The types of a types.db(5): "name  source:KIND:min:max, ...".
std::map<std::string, std::vector<Source>> read_types(const char* path) {
  std::map<std::string, std::vector<Source>> types;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::replace(line.begin(), line.end(), ',', ' ');
    std::istringstream words(line);
    std::string name;
    if (!(words >> name) || name.starts_with('#')) continue;
    for (std::string word; words >> word;) {
      std::istringstream parts(word);
      Source source;
      std::getline(parts, source.name, ':');
      std::getline(parts, source.kind, ':');
      std::getline(parts, source.least, ':');
      std::getline(parts, source.most, ':');
      types[name].push_back(source);
    }
  }
  return types;
}

/// The catalogue's columns for collectd, by type: the sources of each value list in their order.
std::map<std::string, std::vector<std::vector<std::string>>> lists_of_the_catalogue() {
  std::map<std::string, std::vector<std::vector<std::string>>> lists;
  std::string last;
  const auto add = [&](const MetricInfo& metric) {
    const auto& place = metric.collectd;
    if (place.type.empty()) return;
    const auto list = std::string(place.type) + "-" + std::string(place.instance);
    auto& of_type = lists[std::string(place.type)];
    if (list != last) of_type.emplace_back();
    of_type.back().emplace_back(place.source);
    last = list;
  };
  for (const auto& metric : kMetrics) add(metric);
  last.clear();
  for (const auto& metric : kSelfMetrics) add(metric);
  return lists;
}

TEST(StockTypesTest, AreThoseOfTheInstalledTypesDb) {
  constexpr const char* kTypesDb = "/usr/share/collectd/types.db";
  const auto installed = read_types(kTypesDb);
  if (installed.empty()) GTEST_SKIP() << "no " << kTypesDb << ": install collectd-core";
  for (const auto& [name, lists] : lists_of_the_catalogue()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(installed.contains(name));
    const auto& sources = installed.at(name);
    const auto& type = stock_type(name);
    std::vector<std::string> names;
    for (const auto& source : sources) {
      names.push_back(source.name);
      EXPECT_EQ(source.kind, type.kind == Kind::counter ? "DERIVE" : "GAUGE");
      EXPECT_TRUE(source.least == "0" || source.least == "U") << source.least;
      if (type.kind == Kind::gauge) {
        EXPECT_EQ(type.most, source.most == "U" ? 0 : std::strtod(source.most.c_str(), nullptr));
      }
    }
    for (const auto& list : lists) EXPECT_EQ(list, names);
  }
}

TEST(StockTypesTest, EveryMetricButTheSumOfTwoOthersHasAPlace) {
  for (const auto& metric : kMetrics) {
    EXPECT_EQ(metric.collectd.type.empty(), metric.name == "cpu_time") << metric.name;
  }
  for (const auto& metric : kSelfMetrics) EXPECT_FALSE(metric.collectd.type.empty());
}

TEST(StockTypesTest, CountersAreOfCountingTypesAndGaugesOfMeasuringOnes) {
  const auto check = [](const MetricInfo& metric) {
    if (metric.collectd.type.empty()) return;
    const auto& type = stock_type(metric.collectd.type);
    EXPECT_EQ(type.kind, metric.kind) << metric.name;
    const bool counts_time = metric.kind == Kind::counter && metric.type == ValueType::seconds;
    EXPECT_EQ(type.ns > 0, counts_time) << metric.name;
  };
  for (const auto& metric : kMetrics) check(metric);
  for (const auto& metric : kSelfMetrics) check(metric);
}

TEST(StockTypesTest, SecondsBecomeWhatTheTypeCounts) {
  const auto value = Value::seconds(1'234'567'899);
  EXPECT_EQ(number_of(value, ValueType::seconds, stock_type("ps_cputime")).derive, 1'234'567);
  EXPECT_EQ(number_of(value, ValueType::seconds, stock_type("total_time_in_ms")).derive, 1'234);
  EXPECT_DOUBLE_EQ(number_of(value, ValueType::seconds, stock_type("duration")).gauge, 1.234567899);
}

TEST(StockTypesTest, WhatTheDaemonWouldTakeForUnknownIsTheMostThatItKnows) {
  const auto gauge = [](double number, const char* type) {
    return number_of(Value::real(number), ValueType::real, stock_type(type)).gauge;
  };
  EXPECT_EQ(gauge(250, "percent"), 100.1);
  EXPECT_EQ(gauge(99.5, "percent"), 99.5);
  EXPECT_EQ(gauge(250, "gauge"), 250);
  EXPECT_EQ(gauge(70'000, "ps_state"), 65'535);
  EXPECT_EQ(gauge(2e6, "ps_count"), 1e6);
}

TEST(StockTypesTest, AnUnknownTypeIsAnErrorOfOurs) {
  EXPECT_THROW((void)stock_type("own_type"), std::logic_error);
}

}  // namespace
}  // namespace proctally::plugins::collectd
