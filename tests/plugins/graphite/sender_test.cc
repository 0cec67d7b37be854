#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>

#include "tests/plugins/graphite/sender_fixture.h"

namespace proctally::plugins::graphite {
namespace {

using test::Receiver;
using testing::HasSubstr;
using testing::SizeIs;

class SenderTest : public TcpSenderFixture, public testing::WithParamInterface<Receipt> {
 protected:
  SenderTest() : TcpSenderFixture(GetParam()) {}
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
  EXPECT_THAT(log_.lines(), testing::ElementsAre("the receiver: delivers; 0 lines wait"));
}

TEST_P(SenderTest, KeepsWhatWaitsUntilSomebodyListensAndSaysSoOnce) {
  push(10);
  run_until([this] { return sender_->stats().failed_connects >= 3; });
  push(10);
  EXPECT_EQ(sender_->backlog().waiting().lines, 20U);
  receiver_.listen();
  run_until([this] { return all_are_delivered(); });
  run_until([this] { return all_have_arrived(); });
  ASSERT_THAT(log_.lines(), SizeIs(2));
  EXPECT_THAT(log_.lines()[0], HasSubstr("Connection refused; scans go on, 10 lines wait"));
  EXPECT_THAT(log_.lines()[1], HasSubstr("delivers again"));
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
  const std::set<std::string> whole(expected_.begin(), expected_.end());
  for (const auto& [line, times] : receiver_.lines()) {
    EXPECT_TRUE(whole.contains(line)) << line;
  }
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
  make(QueueLimits{.max_bytes = kMostBytes});
  receiver_.behave(Receiver::Manner::never_reads);
  receiver_.listen();
  for (int i = 0; i < 300; ++i) {
    push(1000, 100);
    context_.restart();
    context_.run_for(std::chrono::milliseconds(1));
    expect_accounts_to_add_up();
    EXPECT_LE(sender_->backlog().waiting_bytes(), kMostBytes);
  }
  EXPECT_GT(sender_->backlog().dropped()[DropReason::too_large].lines, 0U);
}

TEST_P(SenderTest, EndsProperlyWhenItIsStopped) {
  receiver_.listen();
  push(100);
  stop_and_expect(0);
  EXPECT_TRUE(all_have_arrived());
  EXPECT_EQ(receiver_.cut_lines(), 0);
}

TEST_P(SenderTest, StopsAtOnceWhereAllThatWaitsHasBecomeTooOld) {
  make(QueueLimits{.max_age_s = 60});
  receiver_.listen();
  push(10);
  now_s_ += 61;
  stop_and_expect(0, 10 * test::kPatience);
  EXPECT_EQ(sender_->backlog().dropped()[DropReason::too_old].lines, 10U);
}

TEST_P(SenderTest, StopsAtOnceWhereThereIsNothingToDeliver) { stop_and_expect(0); }

TEST_P(SenderTest, SaysWhatWasNotDeliveredWhenItsDeadlinePasses) {
  push(7);
  stop_and_expect(7, std::chrono::milliseconds(50));
  EXPECT_EQ(sender_->stats().delivered.lines, 0U);
}

}  // namespace
}  // namespace proctally::plugins::graphite
