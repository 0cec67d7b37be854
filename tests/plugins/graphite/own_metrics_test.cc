#include "plugins/graphite/own_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <regex>
#include <set>
#include <string>

#include "plugins/graphite/batch_queue.h"
#include "plugins/graphite/schema.h"
#include "tests/plugins/graphite/recording_log.h"

namespace proctally::plugins::graphite {
namespace {

using testing::HasSubstr;

/// A sender that can never connect.
class OwnMetricsTest : public testing::Test {
 protected:
  class DeadStream final : public Stream {
   public:
    void open() override {}
    void write(std::string_view /*bytes*/) override {}
    void finish() override {}
    [[nodiscard]] std::size_t unacknowledged() override { return 0; }
    void close() override {}
  };

  boost::asio::io_context context_;
  test::RecordingLog log_;
  Sender sender_{"tcp://a:2003",
                 {.context = context_,
                  .make_stream = [](auto) { return std::make_shared<DeadStream>(); },
                  .backlog = std::make_unique<BatchQueue>(QueueLimits{.max_batches = 2}),
                  .clock = [] { return 1000; },
                  .random = [] { return 0.5; },
                  .log = log_},
                 SenderSettings{}};
};

TEST_F(OwnMetricsTest, AreNamedAsTheCatalogueNamesItsOwnAndNotTwice) {
  std::set<std::string_view> names;
  for (const auto& info : kMetrics) names.insert(info.name);
  for (const auto& info : kSelfMetrics) names.insert(info.name);
  for (const auto& info : kOwnMetrics) {
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(std::regex_match(std::string(info.name), std::regex("[a-z]+(_[a-z]+)*")));
    EXPECT_FALSE(info.help.empty()) << info.name;
  }
}

TEST_F(OwnMetricsTest, SayWhatWaitsAndForHowLong) {
  for (const std::int64_t time_s : {970, 980, 990}) {
    sender_.push(std::make_shared<const Batch>(
        Batch{.time_s = time_s, .line_count = 2, .lines = "a 1 1\nb 1 1\n"}));
  }
  const auto text = to_string(own_values(sender_, 1000));
  EXPECT_THAT(text, HasSubstr("stalled=0 lines_pushed=6 lines_queued=4 batches_queued=2 "
                              "bytes_queued=24 oldest_queued_seconds=20 lines_in_flight=0"));
  EXPECT_THAT(text, HasSubstr("lines_dropped_too_many=2 "));
  EXPECT_THAT(text, testing::Not(HasSubstr("up="))) << "it was not tried yet";
  EXPECT_THAT(text, testing::Not(HasSubstr("last_success_time"))) << "there was none";
  EXPECT_THAT(text, testing::Not(HasSubstr("spool"))) << "there is none";
}

TEST_F(OwnMetricsTest, AreLinesOfARowOfTheDestination) {
  OwnValues values;
  values[OwnMetric::up] = Value::integer(1);
  values[OwnMetric::connects] = Value::integer(3);
  std::string lines;
  append_own_lines(formats::GraphiteNames::paths(formats::GraphiteTemplate(), "p", "h"), "a:2003",
                   values, 1000, lines);
  EXPECT_TRUE(std::regex_match(
      lines, std::regex("p\\.h\\.proctally_self\\.destination\\.a_2003_[0-9a-f]{8}\\.up 1 1000\n"
                        "p\\.h\\.proctally_self\\.destination\\.a_2003_[0-9a-f]{8}\\.connects 3 "
                        "1000\n")))
      << lines;
  lines.clear();
  append_own_lines(formats::GraphiteNames::tags("p", "h"), "a:2003", values, 1000, lines);
  EXPECT_EQ(lines,
            "p_self.up;destination=a:2003;host=h 1 1000\n"
            "p_self.connects;destination=a:2003;host=h 3 1000\n");
}

TEST_F(OwnMetricsTest, AreKnownToTheSchema) {
  const auto text = storage_aggregation(
      {.path = formats::GraphiteTemplate(), .prefix = "proctally", .own_metrics = kOwnMetrics});
  const auto last = text.substr(0, text.find("[proctally_max]"));
  for (const auto* counter : {"|lines_pushed|", "|connects|", "|last_success_time|"}) {
    EXPECT_THAT(last, HasSubstr(counter));
  }
  EXPECT_THAT(last, testing::Not(HasSubstr("lines_queued")));
}

}  // namespace
}  // namespace proctally::plugins::graphite
