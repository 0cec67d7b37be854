#include "core/naming/slow_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace proctally::naming {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr FactNeeds kCmdline{.cmdline = true};
constexpr FactNeeds kAll{.cmdline = true, .exe_path = true, .user = true};

/// A procfs in which the command lines of some processes hang until they are released.
class HangingFiles final : public procfs::BlockingFiles {
 public:
  ReadStatus status = ReadStatus::ok;  ///< Set before a reader runs.
  bool execs_all_the_time = false;     ///< Likewise.

  void hang(pid_t pid) {
    const std::lock_guard lock(mutex_);
    hanging_.insert(pid);
  }
  void release() {
    const std::lock_guard lock(mutex_);
    hanging_.clear();
    changed_.notify_all();
  }
  void wait_until_hangs(pid_t pid) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_.contains(pid); });
  }
  [[nodiscard]] bool blocks_signals() {
    const std::lock_guard lock(mutex_);
    return blocks_signals_;
  }

  ReadStatus cmdline(pid_t pid, procfs::PidCmdline& cmdline) override {
    sigset_t blocked{};
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    std::unique_lock lock(mutex_);
    blocks_signals_ = ::sigismember(&blocked, SIGTERM) == 1;
    inside_.insert(pid);
    changed_.notify_all();
    changed_.wait(lock, [&] { return !hanging_.contains(pid); });
    inside_.erase(pid);
    cmdline = {.argv0 = "p" + std::to_string(pid), .joined = "p" + std::to_string(pid) + " x"};
    return status;
  }
  ReadStatus exe(pid_t pid, std::string& path) override {
    path = "/bin/" + std::to_string(pid);
    return status;
  }
  ReadStatus exe_id(pid_t pid, procfs::ExeId& id) override {
    const std::lock_guard lock(mutex_);
    id = {.device = 1, .inode = static_cast<std::uint64_t>(pid) + execs_};
    if (execs_all_the_time) ++execs_;
    return status;
  }
  std::string user_name(uid_t uid) override { return "user" + std::to_string(uid); }
  ReadStatus smaps_rollup(pid_t /*pid*/, procfs::PidSmapsRollup& /*rollup*/) override {
    return ReadStatus::failed;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<pid_t> hanging_;
  std::set<pid_t> inside_;
  std::uint64_t execs_ = 0;
  bool blocks_signals_ = false;
};

SlowRequest request_of(pid_t pid) {
  return {.pid = pid,
          .starttime_ticks = static_cast<std::uint64_t>(pid) * 10,
          .effective_uid = 33,
          .needs = kCmdline};
}

class SlowReaderTest : public testing::Test {
 protected:
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
  void wait_for_stuck(unsigned count) {
    collect_until([&] { return reader_->stuck() == count; });
  }
  [[nodiscard]] std::multiset<pid_t> answered() const {
    std::multiset<pid_t> pids;
    for (const auto& answer : answers_) pids.insert(answer.pid);
    return pids;
  }

  std::shared_ptr<HangingFiles> files_ = std::make_shared<HangingFiles>();
  SlowThreads threads_;
  std::optional<ThreadedSlowReader> reader_{std::in_place, files_, threads_};
  std::vector<SlowAnswer> answers_;
};

TEST_F(SlowReaderTest, HasNothingToCollectWithoutRequests) {
  reader_->collect(answers_);
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(reader_->stuck(), 0U);
}

TEST_F(SlowReaderTest, BringsTheFactsThatAreNeededAndNoOthers) {
  auto request = request_of(7);
  request.needs = kAll;
  reader_->request(request);
  collect_answers(1);
  EXPECT_EQ(answers_.at(0).pid, 7);
  EXPECT_EQ(answers_.at(0).starttime_ticks, 70U);
  EXPECT_EQ(answers_.at(0).facts.cmdline, (procfs::PidCmdline{.argv0 = "p7", .joined = "p7 x"}));
  EXPECT_EQ(answers_.at(0).facts.exe_path, "/bin/7");
  EXPECT_EQ(answers_.at(0).facts.user_name, "user33");

  request.needs = {};
  reader_->request(request);
  collect_answers(2);
  EXPECT_FALSE(answers_.at(1).facts.cmdline);
  EXPECT_FALSE(answers_.at(1).facts.exe_path);
  EXPECT_FALSE(answers_.at(1).facts.user_name);
  EXPECT_FALSE(answers_.at(1).facts.exe_id);
}

TEST_F(SlowReaderTest, BringsTheExecutableThatTheFactsAreOf) {
  auto request = request_of(7);
  request.wants_exe_id = true;
  reader_->request(request);
  collect_answers(1);
  EXPECT_EQ(answers_.at(0).facts.exe_id, (procfs::ExeId{.device = 1, .inode = 7}));
  EXPECT_EQ(answers_.at(0).effective_uid, 33U);
}

TEST_F(SlowReaderTest, BringsNoExecutableWhereItChangedWhileFactsWereRead) {
  files_->execs_all_the_time = true;
  auto request = request_of(7);
  request.wants_exe_id = true;
  reader_->request(request);
  collect_answers(1);
  EXPECT_TRUE(answers_.at(0).facts.cmdline);
  EXPECT_FALSE(answers_.at(0).facts.exe_id);
}

TEST_F(SlowReaderTest, NamesNoUserWithoutANumber) {
  auto request = request_of(7);
  request.needs = kAll;
  request.effective_uid.reset();
  reader_->request(request);
  collect_answers(1);
  EXPECT_FALSE(answers_.at(0).facts.user_name);
  EXPECT_TRUE(answers_.at(0).facts.cmdline);
}

TEST_F(SlowReaderTest, LeavesOutWhatCannotBeRead) {
  files_->status = ReadStatus::denied;
  auto request = request_of(7);
  request.needs = kAll;
  reader_->request(request);
  collect_answers(1);
  EXPECT_FALSE(answers_.at(0).facts.cmdline);
  EXPECT_FALSE(answers_.at(0).facts.exe_path);
  EXPECT_EQ(answers_.at(0).facts.user_name, "user33");
}

TEST_F(SlowReaderTest, AppendsToTheAnswersThatAreThere) {
  answers_.emplace_back().pid = 1;
  reader_->request(request_of(2));
  collect_answers(2);
  EXPECT_EQ(answers_.at(0).pid, 1);
  EXPECT_EQ(answers_.at(1).pid, 2);
}

TEST_F(SlowReaderTest, AnswersEachOfManyRequestsOnce) {
  std::multiset<pid_t> expected;
  for (pid_t pid = 1; pid <= 5000; ++pid) {
    reader_->request(request_of(pid));
    expected.insert(pid);
  }
  collect_answers(5000);
  EXPECT_EQ(answered(), expected);
  for (const auto& answer : answers_) {
    ASSERT_EQ(answer.facts.cmdline->argv0, "p" + std::to_string(answer.pid));
    ASSERT_EQ(answer.starttime_ticks, static_cast<std::uint64_t>(answer.pid) * 10);
  }
}

TEST_F(SlowReaderTest, AnswersTheOthersWhileOneHangs) {
  files_->hang(1);
  for (pid_t pid = 1; pid <= 100; ++pid) reader_->request(request_of(pid));
  collect_answers(99);
  EXPECT_EQ(answered().count(1), 0U);
  wait_for_stuck(1);
}

TEST_F(SlowReaderTest, BringsTheAnswerOfAHangThatEnded) {
  files_->hang(1);
  reader_->request(request_of(1));
  wait_for_stuck(1);
  EXPECT_THAT(answers_, IsEmpty());
  files_->release();
  collect_answers(1);
  EXPECT_EQ(answers_.at(0).pid, 1);
  wait_for_stuck(0);
}

TEST_F(SlowReaderTest, UsesAThreadAgainThatCameBack) {
  for (pid_t round = 1; round <= 10; ++round) {
    files_->hang(round);
    reader_->request(request_of(round));
    wait_for_stuck(1);
    files_->release();
    wait_for_stuck(0);
  }
  collect_answers(10);
  EXPECT_EQ(answered().size(), 10U);
}

TEST_F(SlowReaderTest, StillReturnsWhenFourHangAndGoesOnAfterwards) {
  for (pid_t pid = 1; pid <= 4; ++pid) {
    files_->hang(pid);
    reader_->request(request_of(pid));
  }
  wait_for_stuck(4);
  reader_->request(request_of(5));
  for (int scan = 0; scan < 20; ++scan) reader_->collect(answers_);
  EXPECT_THAT(answers_, IsEmpty());
  EXPECT_EQ(reader_->stuck(), 4U);
  files_->release();
  collect_answers(5);
  EXPECT_THAT(answered(), ElementsAre(1, 2, 3, 4, 5));
  wait_for_stuck(0);
}

TEST_F(SlowReaderTest, EndsWhileAThreadHangsAndLeavesNothingBehind) {
  for (pid_t pid = 1; pid <= 4; ++pid) {
    files_->hang(pid);
    reader_->request(request_of(pid));
  }
  wait_for_stuck(4);
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

TEST_F(SlowReaderTest, EndsWhileAThreadReadsThatNobodyGaveUpYet) {
  files_->hang(1);
  reader_->request(request_of(1));
  files_->wait_until_hangs(1);
  reader_.reset();
  files_->release();
}

TEST_F(SlowReaderTest, EndsWithRequestsThatNobodyCollected) {
  for (pid_t pid = 1; pid <= 1000; ++pid) reader_->request(request_of(pid));
  reader_.reset();
  EXPECT_EQ(files_.use_count(), 1);
}

TEST_F(SlowReaderTest, KeepsSignalsFromItsThreads) {
  reader_->request(request_of(1));
  collect_answers(1);
  EXPECT_TRUE(files_->blocks_signals());
  sigset_t blocked{};
  ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  EXPECT_EQ(::sigismember(&blocked, SIGTERM), 0);
}

}  // namespace
}  // namespace proctally::naming
