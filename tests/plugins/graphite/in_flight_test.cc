#include "plugins/graphite/in_flight.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace proctally::plugins::graphite {
namespace {

BatchRest rest_of(std::string lines) {
  const auto count = static_cast<std::size_t>(std::ranges::count(lines, '\n'));
  return {.batch = std::make_shared<Batch>(
              Batch{.time_s = 1, .line_count = count, .lines = std::move(lines)})};
}

std::string text_of(const std::vector<BatchRest>& rests) {
  std::string text;
  for (const auto& rest : rests) text += rest.text();
  return text;
}

TEST(InFlightTest, ForgetsWhatHasArrivedAsAWhole) {
  InFlight in_flight;
  in_flight.add(rest_of("a 1 1\nb 2 1\n"));
  in_flight.add(rest_of("c 3 2\n"));
  EXPECT_EQ(in_flight.arrived(11).lines, 0U);
  EXPECT_EQ(in_flight.arrived(12).lines, 2U);
  EXPECT_EQ(in_flight.size().lines, 1U);
  EXPECT_EQ(in_flight.arrived(18).lines, 1U);
  EXPECT_TRUE(in_flight.empty());
}

TEST(InFlightTest, GivesBackEachLineThatDidNotArriveAsAWhole) {
  const std::string first = "a 1 1\nb 2 1\n";
  const std::string second = "c 3 2\nd 4 2\n";
  for (std::size_t arrived = 0; arrived <= first.size() + second.size(); ++arrived) {
    InFlight in_flight;
    in_flight.add(rest_of(first));
    in_flight.add(rest_of(second));
    const auto whole = (first + second).rfind('\n', arrived == 0 ? 0 : arrived - 1);
    const auto begin = arrived == 0 || whole == std::string::npos ? 0 : whole + 1;
    EXPECT_EQ(text_of(in_flight.take_back(arrived)), (first + second).substr(begin)) << arrived;
  }
}

TEST(InFlightTest, BeginsANewConnectionWhenOneEnds) {
  InFlight in_flight;
  in_flight.add(rest_of("a 1 1\n"));
  (void)in_flight.take_back(0);
  EXPECT_EQ(in_flight.end(), 0U);
  EXPECT_TRUE(in_flight.empty());
  in_flight.add(rest_of("b 2 1\n"));
  EXPECT_EQ(in_flight.arrived(6).lines, 1U);
}

}  // namespace
}  // namespace proctally::plugins::graphite
