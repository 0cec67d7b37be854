// What a sender does as time goes by: how fast it sends, how long it waits, when it gives up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "plugins/graphite/spool_backlog.h"
#include "tests/plugins/graphite/sender_fixture.h"
#include "tests/support/temp_dir.h"

namespace proctally::plugins::graphite {
namespace {

using std::chrono::milliseconds;
using test::Receiver;
using testing::Contains;
using testing::HasSubstr;

class SenderPatienceTest : public TcpSenderFixture, public testing::WithParamInterface<Receipt> {
 protected:
  SenderPatienceTest() : TcpSenderFixture(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(ByReceipt, SenderPatienceTest,
                         testing::Values(Receipt::kernel, Receipt::process),
                         [](const auto& receipt) {
                           return receipt.param == Receipt::kernel ? "OfTheKernel" : "OfTheProcess";
                         });

TEST_P(SenderPatienceTest, NamesAPeerThatDoesNotReadAndGivesItUpAtLast) {
  settings_.stalled_after = milliseconds(200);
  settings_.give_up_after = milliseconds(1000);
  make(QueueLimits{.max_bytes = 50'000'000});
  receiver_.behave(Receiver::Manner::never_reads);
  receiver_.listen();
  for (int i = 0; i < 100; ++i) push(1000, 200);  // More than two kernels hold.
  run_until([this] { return sender_->state() == StateLog::State::stalled; });
  EXPECT_THAT(log_.lines(), Contains(HasSubstr("the peer does not read; scans go on, ")));
  run_until([this] { return sender_->stats().connects >= 2; });
  receiver_.behave(Receiver::Manner::reads);
  run_until([this] { return all_are_delivered(); });
  EXPECT_EQ(sender_->state(), StateLog::State::works);
  if (GetParam() == Receipt::process) {
    EXPECT_TRUE(all_have_arrived());
  }
}

TEST_P(SenderPatienceTest, SendsWhatHasWaitedNoFasterThanItIsTold) {
  settings_.replay_lines_per_second = 1000;
  make(QueueLimits{});
  for (int i = 0; i < 6; ++i) push(100);
  const auto begin = std::chrono::steady_clock::now();
  receiver_.listen();
  run_until([this] { return all_are_delivered(); });
  // Five pauses of a tenth of a second. It may take longer, and must not be faster.
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(500));
}

TEST_P(SenderPatienceTest, SendsNothingBeforeItsDelayIsOver) {
  settings_.delay = milliseconds(200);
  make(QueueLimits{});
  receiver_.listen();
  const auto begin = std::chrono::steady_clock::now();
  push(10);
  EXPECT_EQ(sender_->backlog().waiting().lines, 10U);
  run_until([this] { return receiver_.connections() > 0; });
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(200));
  run_until([this] { return all_are_delivered(); });
}

TEST_P(SenderPatienceTest, SendsAtOnceWhatIsLeftWhenItIsStopped) {
  settings_.replay_lines_per_second = 1;
  make(QueueLimits{});
  receiver_.listen();
  for (int i = 0; i < 6; ++i) push(100);
  stop_and_expect(0);  // Otherwise 500 seconds, more than its deadline.
  EXPECT_TRUE(all_have_arrived());
}

TEST_P(SenderPatienceTest, EndsAnOldConnectionProperlyBeforeTheNextBatch) {
  settings_.max_connection_age = milliseconds(1);
  make(QueueLimits{});
  receiver_.listen();
  for (int i = 0; i < 4; ++i) {
    push(10);
    run_until([this] { return all_are_delivered(); });
    std::this_thread::sleep_for(milliseconds(2));
  }
  run_until([this] { return all_have_arrived(); });
  EXPECT_GE(receiver_.connections(), 4);
  for (const auto& [line, times] : receiver_.lines()) EXPECT_EQ(times, 1) << line;
  EXPECT_EQ(sender_->stats().resent.lines, 0U);
}

TEST_P(SenderPatienceTest, LeavesAPeerThatDoesNotEndItsSideAfterOurs) {
  settings_.close_after = milliseconds(100);
  settings_.stalled_after = milliseconds(200);
  settings_.give_up_after = milliseconds(400);
  end_a_connection_whose_peer_stays();
  run_until([this] { return sender_->stats().connects >= 2; });
  if (GetParam() == Receipt::kernel) {  // It has all, and that is all that was asked.
    run_until([this] { return all_are_delivered(); });
    EXPECT_EQ(sender_->stats().resent.lines, 0U);
    EXPECT_EQ(sender_->stats().breaks, 0U);
  } else {
    EXPECT_EQ(sender_->stats().delivered.lines, 0U);
    EXPECT_THAT(log_.lines(),
                Contains(HasSubstr("does not end its side after ours, as --confirm needs")));
  }
}

TEST_P(SenderPatienceTest, DeliversFromASpoolAndLeavesInItWhatItDoesNot) {
  const test::TempDir dir;
  const auto folder = dir.path() / "spool";
  const auto make_with_spool = [&] {
    make(std::make_unique<SpoolBacklog>(folder, SpoolLimits{}, QueueLimits{}, "tcp://127.0.0.1",
                                        log_));
  };
  make_with_spool();
  for (int i = 0; i < 5; ++i) push(100);
  stop_and_expect(500, milliseconds(50));
  sender_.reset();
  receiver_.listen();
  make_with_spool();
  EXPECT_EQ(sender_->backlog().came().lines, 500U);
  sender_->start();
  push(100);
  run_until([this] { return all_are_delivered(); });
  run_until([this] { return all_have_arrived(); });
  for (const auto& [line, times] : receiver_.lines()) EXPECT_EQ(times, 1) << line;
  stop_and_expect(0);
  sender_.reset();
  make_with_spool();
  EXPECT_TRUE(sender_->backlog().is_empty());
}

TEST_P(SenderPatienceTest, GoesOnInTheMiddleOfASpooledBatchThatAResetCutOff) {
  const test::TempDir dir;
  make(std::make_unique<SpoolBacklog>(dir.path() / "spool", SpoolLimits{}, QueueLimits{},
                                      "tcp://127.0.0.1", log_));
  receiver_.behave(Receiver::Manner::reads_a_little, 100'001);
  receiver_.listen();
  push(20'000);
  run_until([this] { return sender_->stats().connects >= 2; });
  receiver_.behave(Receiver::Manner::reads);
  push(10);
  run_until([this] { return all_are_delivered(); });
  stop_and_expect(0);
  if (GetParam() == Receipt::process) {
    EXPECT_TRUE(all_have_arrived());
  } else {
    EXPECT_LT(sender_->stats().resent.lines, 20'000U);
  }
}

/// Of the kernel's receipts only: the process' own are not given before it has read.
class SenderKernelReceiptTest : public TcpSenderFixture {
 protected:
  SenderKernelReceiptTest() : TcpSenderFixture(Receipt::kernel) {}
};

TEST_F(SenderKernelReceiptTest, SaysSoWhereConnectionsBreakThoughNothingIsLostByThem) {
  receiver_.listen();
  push(10);
  run_until([this] { return all_are_delivered() && all_have_arrived(); });
  receiver_.reset_all();
  run_until([this] { return sender_->stats().breaks == 1; });
  EXPECT_EQ(sender_->state(), StateLog::State::down);
  EXPECT_EQ(sender_->stats().resent.lines, 0U);
}

TEST_F(SenderKernelReceiptTest, SendsAgainWhatWasAcknowledgedAMomentBeforeTheConnectionBroke) {
  settings_.keep_safe = std::chrono::hours(1);
  make(QueueLimits{});
  receiver_.behave(Receiver::Manner::never_reads);
  receiver_.listen();
  push(10);
  run_until([this] { return sender_->stats().sent_lines == 10; });
  context_.run_for(milliseconds(300));  // The kernel has all of it, the process nothing.
  EXPECT_EQ(sender_->stats().delivered.lines, 0U);
  EXPECT_EQ(sender_->in_flight().lines, 10U);
  receiver_.die();
  receiver_.behave(Receiver::Manner::reads);
  receiver_.listen();
  run_until([this] { return all_have_arrived(); });
  EXPECT_EQ(sender_->stats().resent.lines, 10U);
  stop_and_expect(0);  // The end of the connection is the receipt of all that was kept.
}

TEST_F(SenderKernelReceiptTest, CountsAsDeliveredWhatAPeerHadReadThatEndedTheConnectionProperly) {
  settings_.keep_safe = std::chrono::hours(1);
  make(QueueLimits{});
  receiver_.listen();
  for (int i = 0; i < 3; ++i) {
    push(10);
    run_until([this] { return all_have_arrived(); });
    EXPECT_EQ(sender_->in_flight().lines, 10U);
    receiver_.die();
    run_until([this] { return all_are_delivered(); });
    receiver_.listen();
  }
  EXPECT_EQ(sender_->stats().resent.lines, 0U);
  for (const auto& [line, times] : receiver_.lines()) EXPECT_EQ(times, 1) << line;
}

TEST_F(SenderKernelReceiptTest, SendsNoMoreWhileItKeepsAsMuchAsItMay) {
  settings_.keep_safe = std::chrono::hours(1);
  settings_.max_in_flight_bytes = 1000;
  make(QueueLimits{});
  receiver_.listen();
  for (int i = 0; i < 100; ++i) push(10);  // 400 bytes each.
  context_.restart();
  context_.run_for(milliseconds(500));
  EXPECT_EQ(sender_->in_flight().batches, 3U);
  EXPECT_EQ(sender_->backlog().waiting().batches, 97U);
  stop_and_expect(0);
  EXPECT_TRUE(all_have_arrived());
}

TEST_F(SenderKernelReceiptTest, CountsAsDeliveredWhatWasAcknowledgedSoLongAgo) {
  settings_.keep_safe = milliseconds(200);
  make(QueueLimits{});
  receiver_.listen();
  push(10);
  run_until([this] { return all_are_delivered(); });
  receiver_.die();
  receiver_.listen();
  push(10);
  run_until([this] { return all_are_delivered(); });
  run_until([this] { return all_have_arrived(); });
  for (const auto& [line, times] : receiver_.lines()) EXPECT_EQ(times, 1) << line;
}

TEST_F(SenderKernelReceiptTest, KeepsSafeAlsoWhatAPeerHasThatDoesNotEndItsSide) {
  settings_.keep_safe = std::chrono::hours(1);
  settings_.close_after = milliseconds(10);
  settings_.give_up_after = milliseconds(20);
  end_a_connection_whose_peer_stays();
  // A few looks at the connection, which is half-closed before the second batch.
  context_.restart();
  context_.run_for(milliseconds(400));
  EXPECT_EQ(sender_->stats().delivered.lines, 0U);
  EXPECT_EQ(sender_->stats().connects, 1U);
  receiver_.reset_all();
  run_until([this] { return sender_->stats().connects >= 2; });
  EXPECT_EQ(sender_->stats().resent.lines, 10U);
}

TEST_F(SenderKernelReceiptTest, LeavesAPeerThatDoesNotEndItsSideOnceThatTimeIsOver) {
  settings_.keep_safe = milliseconds(300);
  settings_.close_after = milliseconds(10);
  end_a_connection_whose_peer_stays();
  run_until([this] { return all_have_arrived() && sender_->stats().connects >= 2; });
  EXPECT_EQ(sender_->stats().resent.lines, 0U);
  EXPECT_EQ(sender_->stats().breaks, 0U);
}

TEST_F(SenderKernelReceiptTest, DoesNotWaitForThatTimeWhereItIsToStop) {
  settings_.keep_safe = std::chrono::hours(1);
  settings_.close_after = milliseconds(10);
  make(QueueLimits{});
  receiver_.behave(Receiver::Manner::stays);
  receiver_.listen();
  push(10);
  run_until([this] { return all_have_arrived(); });
  stop_and_expect(0);
  EXPECT_EQ(sender_->stats().delivered.lines, 10U);
}

}  // namespace
}  // namespace proctally::plugins::graphite
