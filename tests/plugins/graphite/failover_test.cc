#include "plugins/graphite/failover.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/plugins/graphite/recording_log.h"

namespace proctally::plugins::graphite {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A stream that does what the test says.
class ScriptedStream final : public Stream {
 public:
  explicit ScriptedStream(Events stream_events) : events(std::move(stream_events)) {}
  void open() override {}
  void write(std::string_view bytes) override { written += bytes; }
  void finish() override {}
  [[nodiscard]] std::size_t unacknowledged() override { return 7; }
  void close() override { is_closed = true; }

  Events events;
  std::string written;
  bool is_closed = false;
};

class FailoverTest : public testing::Test {
 protected:
  FailoverTest() : set_(members({"a", "b", "c"}), log_) { open(); }

  std::vector<FailoverMember> members(const std::vector<std::string>& names) {
    std::vector<FailoverMember> members;
    for (const auto& name : names) {
      members.push_back({.name = name, .label = name, .make_stream = [this, name](auto events) {
                           tried_.push_back(name);
                           last_ = std::make_shared<ScriptedStream>(std::move(events));
                           return last_;
                         }});
    }
    return members;
  }
  /// A new attempt, as a sender makes it.
  void open() {
    tried_.clear();
    ended_.clear();
    opened_ = 0;
    if (stream_ != nullptr) stream_->close();
    stream_ = set_.make_stream(
        {.opened = [this] { ++opened_; },
         .written = [](std::size_t) {},
         .ended = [this](Stream::End, const std::string& why) { ended_.push_back(why); }});
    stream_->open();
  }
  void opens() const { last_->events.opened(); }
  void ends(const std::string& why, Stream::End end = Stream::End::broken) const {
    const auto stream = last_;
    stream->events.ended(end, why);
  }

  test::RecordingLog log_;
  std::vector<std::string> tried_;
  std::shared_ptr<ScriptedStream> last_;
  FailoverSet set_;
  std::shared_ptr<Stream> stream_;
  int opened_ = 0;
  std::vector<std::string> ended_;
};

TEST_F(FailoverTest, UsesTheFirstWhereThatWorks) {
  opens();
  EXPECT_THAT(tried_, ElementsAre("a"));
  EXPECT_EQ(opened_, 1);
  stream_->write("x 1 1\n");
  EXPECT_EQ(last_->written, "x 1 1\n");
  EXPECT_EQ(stream_->unacknowledged(), 7U);
  EXPECT_EQ(stream_->max_age(), Stream::kNoMaxAge);
  EXPECT_TRUE(set_.members()[0].is_in_use);
  EXPECT_THAT(log_.lines(), IsEmpty());
}

TEST_F(FailoverTest, TriesOneAfterAnotherUntilOneWorks) {
  ends("refused");
  ends("no answer");
  EXPECT_EQ(opened_, 0);
  opens();
  EXPECT_THAT(tried_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(opened_, 1);
  EXPECT_THAT(ended_, IsEmpty());
  EXPECT_EQ(set_.members()[0].failed_connects, 1U);
  EXPECT_TRUE(set_.members()[2].is_in_use);
  EXPECT_THAT(log_.lines(),
              ElementsAre("failover: c is used now, because of a: refused; b: no answer"));
}

TEST_F(FailoverTest, EndsWithWhatIsWrongWithEachWhereNoneWorks) {
  ends("refused");
  ends("no answer");
  ends("reset");
  EXPECT_THAT(ended_, ElementsAre("a: refused; b: no answer; c: reset"));
}

TEST_F(FailoverTest, LooksAgainForTheFirstAfterAMinuteWithAnother) {
  ends("refused");
  opens();
  EXPECT_EQ(stream_->max_age(), std::chrono::seconds(60));
  open();
  opens();
  EXPECT_THAT(tried_, ElementsAre("a"));
  EXPECT_THAT(log_.lines(), ElementsAre("failover: b is used now, because of a: refused",
                                        "failover: a is used now"));
}

TEST_F(FailoverTest, TriesLastTheOneThatBroke) {
  opens();
  ends("reset");
  EXPECT_THAT(ended_, ElementsAre("a: reset"));
  open();
  ends("refused");
  ends("refused");
  opens();
  EXPECT_THAT(tried_, ElementsAre("b", "c", "a"));
}

TEST_F(FailoverTest, TriesLastTheOneThatEndedEachConnectionAtOnce) {
  opens();
  ends("the peer closed the connection", Stream::End::by_peer);
  open();
  EXPECT_THAT(tried_, ElementsAre("b"));
}

TEST_F(FailoverTest, StaysWithTheOneThatEndedAConnectionAfterUs) {
  opens();
  stream_->finish();
  ends("the peer closed the connection", Stream::End::by_peer);
  open();
  EXPECT_THAT(tried_, ElementsAre("a"));
}

TEST_F(FailoverTest, TriesLastTheOneThatWasGivenUpBecauseItDoesNotRead) {
  opens();
  open();  // Without an end of the stream.
  EXPECT_THAT(tried_, ElementsAre("b"));
  EXPECT_FALSE(set_.members()[0].is_in_use);
}

}  // namespace
}  // namespace proctally::plugins::graphite
