#include "core/accounting/pss_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <ctime>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <vector>

namespace proctally::accounting {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kPlenty = 3'600'000'000'000;
constexpr std::int64_t kMs = 1'000'000;

std::int64_t cpu_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// A procfs in which the smaps_rollup of some processes hangs until it is released.
class HangingFiles final : public procfs::BlockingFiles {
 public:
  std::int64_t burns_ns = 0;  ///< CPU for each reading. Set before a reader runs.

  void hang(pid_t pid) {
    const std::lock_guard lock(mutex_);
    hanging_.insert(pid);
  }
  void release() {
    const std::lock_guard lock(mutex_);
    hanging_.clear();
    changed_.notify_all();
  }
  void wait_until_read(pid_t pid) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return read_.count(pid) > 0; });
  }
  [[nodiscard]] std::size_t reads() {
    const std::lock_guard lock(mutex_);
    return read_.size();
  }
  [[nodiscard]] bool blocks_signals() {
    const std::lock_guard lock(mutex_);
    return blocks_signals_;
  }

  ReadStatus smaps_rollup(pid_t pid, procfs::PidSmapsRollup& rollup) override {
    sigset_t blocked{};
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    const auto until = cpu_ns() + burns_ns;
    while (cpu_ns() < until) continue;
    std::unique_lock lock(mutex_);
    blocks_signals_ = ::sigismember(&blocked, SIGTERM) == 1;
    read_.insert(pid);
    changed_.notify_all();
    changed_.wait(lock, [&] { return hanging_.count(pid) == 0; });
    rollup = {.pss_kilobytes = static_cast<std::uint64_t>(pid) * 10, .swap_pss_kilobytes = 1};
    return pid == 404 ? ReadStatus::vanished : ReadStatus::ok;
  }
  ReadStatus cmdline(pid_t /*pid*/, procfs::PidCmdline& /*cmdline*/) override {
    return ReadStatus::failed;
  }
  ReadStatus exe(pid_t /*pid*/, std::string& /*path*/) override { return ReadStatus::failed; }
  ReadStatus exe_id(pid_t /*pid*/, procfs::ExeId& /*id*/) override { return ReadStatus::failed; }
  std::string user_name(uid_t /*uid*/) override { return ""; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<pid_t> hanging_;
  std::multiset<pid_t> read_;
  bool blocks_signals_ = false;
};

class PssReaderTest : public testing::Test {
 protected:
  void request(const std::vector<pid_t>& pids, std::int64_t budget_ns = kPlenty) {
    std::vector<PssRequest> requests;
    for (const auto pid : pids) {
      requests.push_back({.pid = pid,
                          .starttime_ticks = static_cast<std::uint64_t>(pid) + 1,
                          .asked_ns = pid + 2,
                          .size_bytes = static_cast<std::uint64_t>(pid) + 3});
    }
    reader_->request(requests, budget_ns);
  }
  // As a scan does it, again and again: a busy machine may take its time.
  void collect_until(const std::function<bool()>& is_enough) {
    for (int i = 0; i < 100'000 && !is_enough(); ++i) {
      reader_->collect(answers_);
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    EXPECT_TRUE(is_enough());
  }
  void collect_answers(std::size_t count) {
    collect_until([&] { return answers_.size() >= count; });
  }
  [[nodiscard]] std::vector<pid_t> answered() const {
    std::vector<pid_t> pids;
    for (const auto& answer : answers_) pids.push_back(answer.request.pid);
    return pids;
  }

  std::shared_ptr<HangingFiles> files_ = std::make_shared<HangingFiles>();
  SlowThreads threads_;
  std::optional<ThreadedPssReader> reader_{std::in_place, files_, threads_};
  std::vector<PssAnswer> answers_;
};

TEST_F(PssReaderTest, HasNothingToCollectWithoutRequests) {
  request({});
  reader_->collect(answers_);
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(reader_->stuck(), 0U);
  // And no thread: all four are there for others.
  for (int i = 0; i < 4; ++i) {
    auto thread = threads_.start("test", [] {});
    ASSERT_TRUE(thread.joinable());
    thread.join();
  }
  EXPECT_FALSE(threads_.start("test", [] {}).joinable());
}

TEST_F(PssReaderTest, ReadsInTheOrderOfTheRequestsAndSaysWhatItIsOf) {
  request({7, 5, 404, 6});
  collect_answers(4);
  EXPECT_THAT(answered(), ElementsAre(7, 5, 404, 6));
  const auto& answer = answers_.at(0);
  EXPECT_EQ(answer.request.starttime_ticks, 8U);
  EXPECT_EQ(answer.request.asked_ns, 9);
  EXPECT_EQ(answer.request.size_bytes, 10U);
  EXPECT_EQ(answer.status, ReadStatus::ok);
  EXPECT_EQ(answer.rollup, (procfs::PidSmapsRollup{.pss_kilobytes = 70, .swap_pss_kilobytes = 1}));
  EXPECT_TRUE(answer.took_ns);
  EXPECT_EQ(answers_.at(2).status, ReadStatus::vanished);
}

TEST_F(PssReaderTest, MeasuresTheCpuTimeOfAReading) {
  files_->burns_ns = 2 * kMs;
  request({1});
  collect_answers(1);
  EXPECT_GE(answers_.at(0).took_ns, 2 * kMs);
}

TEST_F(PssReaderTest, BeginsNoReadingOnceTheBudgetIsSpent) {
  files_->burns_ns = kMs;
  request({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 5 * kMs / 2);
  collect_answers(1);
  // The last of them forgot the other requests at once.
  files_->wait_until_read(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  reader_.reset();
  EXPECT_LE(files_->reads(), 3U);
}

TEST_F(PssReaderTest, ReadsOneForEachRequestThoughTheBudgetIsSmaller) {
  files_->burns_ns = kMs;
  for (std::size_t scan = 1; scan <= 3; ++scan) {
    request({1, 2, 3}, kMs / 2);
    collect_answers(scan);
    EXPECT_EQ(answers_.size(), scan);
  }
  reader_.reset();
  EXPECT_EQ(files_->reads(), 3U);
}

TEST_F(PssReaderTest, ForgetsEarlierRequestsAndAsksNobodyTwiceAtOnce) {
  files_->hang(1);
  request({1, 2, 3});
  files_->wait_until_read(1);
  request({1, 4});
  files_->release();
  collect_answers(2);
  EXPECT_THAT(answered(), ElementsAre(1, 4));
  reader_.reset();
  EXPECT_EQ(files_->reads(), 2U);
}

TEST_F(PssReaderTest, GivesUpAThreadThatHangsAndReadsTheOthersWithAnother) {
  files_->hang(1);
  request({1, 2});
  collect_until([&] { return reader_->stuck() == 1; });
  EXPECT_THAT(answered(), ElementsAre(1));
  EXPECT_FALSE(answers_.at(0).took_ns);
  request({2, 3});
  collect_answers(3);
  EXPECT_THAT(answered(), ElementsAre(1, 2, 3));

  files_->release();
  collect_until([&] { return reader_->stuck() == 0; });
  // What it brings after all was answered already.
  request({4});
  collect_answers(4);
  EXPECT_THAT(answered(), ElementsAre(1, 2, 3, 4));
}

TEST_F(PssReaderTest, LeavesHalfOfTheThreadsToOthers) {
  files_->hang(1);
  files_->hang(2);
  request({1});
  collect_until([&] { return reader_->stuck() == 1; });
  request({2});
  collect_until([&] { return reader_->stuck() == 2; });
  request({3});
  for (int scan = 0; scan < 20; ++scan) reader_->collect(answers_);
  EXPECT_THAT(answered(), ElementsAre(1, 2));
  std::vector<std::thread> others;
  for (int i = 0; i < 2; ++i) others.push_back(threads_.start("test", [] {}));
  EXPECT_FALSE(threads_.start("test", [] {}).joinable());
  for (auto& other : others) other.join();

  files_->release();
  collect_answers(3);
  EXPECT_THAT(answered(), ElementsAre(1, 2, 3));
}

TEST_F(PssReaderTest, EndsWhileAThreadHangsAndLeavesNothingBehind) {
  files_->hang(1);
  request({1, 2});
  files_->wait_until_read(1);
  reader_.reset();
  const std::weak_ptr<HangingFiles> remains = files_;
  EXPECT_GT(remains.use_count(), 1);
  files_->release();
  files_.reset();
  for (int i = 0; i < 100'000 && !remains.expired(); ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  EXPECT_TRUE(remains.expired());
}

TEST_F(PssReaderTest, KeepsSignalsFromItsThread) {
  request({1});
  collect_answers(1);
  EXPECT_TRUE(files_->blocks_signals());
  sigset_t blocked{};
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(::sigismember(&blocked, SIGTERM), 0);
}

}  // namespace
}  // namespace proctally::accounting
