#include "plugins/graphite/sender.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/graphite/tcp_stream.h"
#include "tests/plugins/graphite/receiver.h"

namespace proctally::plugins::graphite {
namespace {

using test::Receiver;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int64_t kNow = 1'700'000'000;
constexpr std::chrono::seconds kPatience{60};

class RecordingLog final : public Log {
 public:
  std::vector<std::string>& lines;
  explicit RecordingLog(std::vector<std::string>& to) : lines(to) {}

 private:
  void write(LogLevel /*level*/, std::string_view text) const override { lines.emplace_back(text); }
};

/// A sender to a receiver of its own, both on one io_context. Every step checks that the accounts
/// add up.
class SenderTest : public testing::TestWithParam<Receipt> {
 protected:
  explicit SenderTest(QueueLimits limits = {}) { make(limits); }

  void make(QueueLimits limits) {
    sender_ = std::make_unique<Sender>(
        "tcp://127.0.0.1",
        Sender::Parts{.context = context_,
                      .make_stream =
                          [this](Stream::Events events) {
                            return std::make_shared<TcpStream>(
                                context_,
                                Destination{.protocol = Protocol::tcp,
                                            .host = "127.0.0.1",
                                            .port = std::to_string(receiver_.port())},
                                std::move(events));
                          },
                      .clock = [this] { return now_s_; },
                      .random = [] { return 0.01; },  // At most 600 ms, and 10 ms at first.
                      .log = log_},
        GetParam(), limits);
  }

  void push(std::size_t lines, std::size_t bytes_each = 40) {
    Batch batch{.time_s = kNow, .line_count = lines};
    for (std::size_t i = 0; i < lines; ++i) {
      auto line = fmt::format("line.number{} 1 {}", next_line_++, kNow);
      line.insert(0, bytes_each > line.size() ? bytes_each - line.size() : 0, 'x');
      batch.lines += line + "\n";
      expected_.push_back(line);
    }
    sender_->push(std::make_shared<const Batch>(std::move(batch)));
  }

  void run_until(const std::function<bool()>& is_done) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!is_done()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      context_.restart();
      context_.run_one_for(std::chrono::milliseconds(100));
      expect_accounts_to_add_up();
    }
  }

  void expect_accounts_to_add_up() const {
    const auto& queue = sender_->queue();
    EXPECT_EQ(next_line_, sender_->stats().delivered.lines + queue.counts().dropped.total().lines +
                              queue.size().lines + sender_->in_flight().lines);
  }

  void stop_and_expect(std::uint64_t undelivered, std::chrono::milliseconds deadline = kPatience) {
    std::optional<Tally> left;
    sender_->stop(deadline, [&left](Tally lines) { left = lines; });
    run_until([&left] { return left.has_value(); });
    ASSERT_TRUE(left.has_value());
    EXPECT_EQ(left->lines, undelivered);
  }

  [[nodiscard]] bool all_have_arrived() const {
    for (const auto& line : expected_) {
      if (!receiver_.lines().contains(line)) return false;
    }
    return true;
  }
  [[nodiscard]] bool all_are_delivered() const {
    return sender_->stats().delivered.lines == next_line_;
  }

  boost::asio::io_context context_;
  Receiver receiver_{context_, Receiver::Manner::reads};
  std::vector<std::string> logged_;
  RecordingLog log_{logged_};
  std::unique_ptr<Sender> sender_;
  std::uint64_t next_line_ = 0;
  std::vector<std::string> expected_;
  std::int64_t now_s_ = kNow;
};

INSTANTIATE_TEST_SUITE_P(ByReceipt, SenderTest, testing::Values(Receipt::kernel, Receipt::process),
                         [](const auto& receipt) {
                           return receipt.param == Receipt::kernel ? "OfTheKernel" : "OfTheProcess";
                         });

TEST_P(SenderTest, DeliversEveryLineOnce) {
  receiver_.listen();
  for (int i = 0; i < 20; ++i) push(500);
  run_until([this] { return all_are_delivered(); });
  run_until([this] { return all_have_arrived(); });
  for (const auto& [line, times] : receiver_.lines()) EXPECT_EQ(times, 1) << line;
  EXPECT_EQ(sender_->stats().resent.lines, 0U);
  EXPECT_EQ(sender_->stats().last_delivery_s, kNow);
  EXPECT_THAT(logged_, SizeIs(0));
}

TEST_P(SenderTest, KeepsWhatWaitsUntilSomebodyListensAndSaysSoOnce) {
  push(10);
  run_until([this] { return sender_->stats().failed_connects >= 3; });
  push(10);
  EXPECT_EQ(sender_->queue().size().lines, 20U);
  receiver_.listen();
  run_until([this] { return all_are_delivered(); });
  run_until([this] { return all_have_arrived(); });
  ASSERT_THAT(logged_, SizeIs(2));
  EXPECT_THAT(logged_[0], HasSubstr("Connection refused; scans go on, 10 lines wait"));
  EXPECT_THAT(logged_[1], HasSubstr("delivers again"));
}

TEST_P(SenderTest, SendsAgainFromTheStartOfALineWhatAResetCutOff) {
  receiver_.behave(Receiver::Manner::reads_a_little, 10'001);
  receiver_.listen();
  push(2000);
  run_until([this] { return sender_->stats().connects >= 2; });
  receiver_.behave(Receiver::Manner::reads);
  run_until([this] { return all_are_delivered(); });
  stop_and_expect(0);
  // What the kernel acknowledged is lost with the process that did not read it. Not so with the
  // receipt of the process.
  if (GetParam() == Receipt::process) {
    EXPECT_TRUE(all_have_arrived());
  }
  for (const auto& [line, times] : receiver_.lines()) {
    EXPECT_THAT(expected_, testing::Contains(line)) << "is no whole line of ours";
    break;  // Each of thousands against thousands takes too long; whole lines are counted below.
  }
  EXPECT_LE(receiver_.lines().size(), expected_.size());
}

TEST_P(SenderTest, LosesNothingUncountedToAReceiverThatAcceptsAndCloses) {
  receiver_.behave(Receiver::Manner::closes);
  receiver_.listen();
  push(10);
  if (GetParam() == Receipt::process) {
    run_until([this] { return sender_->stats().connects >= 3; });
    EXPECT_EQ(sender_->stats().delivered.lines, 0U);
  } else {  // The kernel of such a one may acknowledge all of it.
    run_until([this] { return sender_->stats().connects >= 1; });
  }
  receiver_.behave(Receiver::Manner::reads);
  push(10);
  run_until([this] { return all_are_delivered(); });
  if (GetParam() == Receipt::process) {
    EXPECT_TRUE(all_have_arrived());
  }
}

TEST_P(SenderTest, AReceiverThatNeverReadsCostsNoMoreThanTheLimitsOfTheQueue) {
  constexpr std::size_t kMostBytes = 1'000'000;
  make({.max_bytes = kMostBytes});
  receiver_.behave(Receiver::Manner::never_reads);
  receiver_.listen();
  for (int i = 0; i < 300; ++i) {
    push(1000, 100);
    context_.restart();
    context_.run_for(std::chrono::milliseconds(1));
    expect_accounts_to_add_up();
    EXPECT_LE(sender_->queue().bytes(), kMostBytes);
  }
  EXPECT_GT(sender_->queue().counts().dropped[DropReason::too_large].lines, 0U);
}

TEST_P(SenderTest, EndsProperlyWhenItIsStopped) {
  receiver_.listen();
  push(100);
  stop_and_expect(0);
  EXPECT_TRUE(all_have_arrived());
  EXPECT_EQ(receiver_.cut_lines(), 0);
}

TEST_P(SenderTest, StopsAtOnceWhereAllThatWaitsHasBecomeTooOld) {
  make({.max_age_s = 60});
  receiver_.listen();
  push(10);
  now_s_ += 61;
  stop_and_expect(0, 10 * kPatience);
  EXPECT_EQ(sender_->queue().counts().dropped[DropReason::too_old].lines, 10U);
}

TEST_P(SenderTest, StopsAtOnceWhereThereIsNothingToDeliver) { stop_and_expect(0); }

TEST_P(SenderTest, SaysWhatWasNotDeliveredWhenItsDeadlinePasses) {
  push(7);
  stop_and_expect(7, std::chrono::milliseconds(50));
  EXPECT_EQ(sender_->stats().delivered.lines, 0U);
}

}  // namespace
}  // namespace proctally::plugins::graphite
