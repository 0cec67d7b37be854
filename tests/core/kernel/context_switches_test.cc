#include "core/kernel/context_switches.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/child_process.h"

namespace proctally::kernel {
namespace {

using test::ChildProcess;

/// As /proc tells it, of the threads that live.
Switches sum_of_living_threads(pid_t pid) {
  Switches sum;
  const auto tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;) {
      std::uint64_t count = 0;
      if (word == "voluntary_ctxt_switches:" && status >> count) sum.voluntary += count;
      if (word == "nonvoluntary_ctxt_switches:" && status >> count) sum.involuntary += count;
    }
  }
  return sum;
}

/// A child with two threads that live and four that are dead; it waits to be killed.
class ManyThreads {
 public:
  ManyThreads() {
    // The child is through when all its living threads have come to rest.
    Switches before;
    for (int i = 0; i < 1000; ++i) {
      ::usleep(20'000);
      const auto now = sum_of_living_threads(child_.pid());
      if (dead_ == 0) (void)!::read(pipe_.ends[0], &dead_, sizeof dead_);
      if (dead_ > 0 && now == before) return;
      before = now;
    }
    ADD_FAILURE() << "the child never came to rest";
  }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  /// The voluntary switches that the dead threads counted themselves.
  [[nodiscard]] std::uint64_t dead() const { return dead_; }

 private:
  struct Pipe {
    Pipe() { EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
      ::close(ends[0]);
      ::close(ends[1]);
    }
    std::array<int, 2> ends{};
  };

  static void run(int report) {
    std::uint64_t dead = 0;
    for (int i = 0; i < 4; ++i) {
      std::thread([&dead] {
        for (int times = 0; times < 30; ++times) ::usleep(10);
        rusage usage{};
        ::getrusage(RUSAGE_THREAD, &usage);
        dead += static_cast<std::uint64_t>(usage.ru_nvcsw);
      }).join();
    }
    for (int i = 0; i < 2; ++i) {
      std::thread([] {
        for (int times = 0; times < 30; ++times) ::usleep(10);
        for (;;) ::pause();
      }).detach();
    }
    (void)!::write(report, &dead, sizeof dead);
  }

  Pipe pipe_;
  std::uint64_t dead_ = 0;
  ChildProcess child_{[this] { run(pipe_.ends[1]); }};
};

class ContextSwitchesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    TaskstatsStatus status{};
    counter_ = TaskstatsSwitchCounter::open(status);
    if (!counter_ && status != TaskstatsStatus::failed) GTEST_SKIP() << name_of(status);
    ASSERT_EQ(status, TaskstatsStatus::ok);
  }

  Switches of(pid_t pid) {
    Switches switches;
    EXPECT_EQ(counter_->switches(pid, switches), ReadStatus::ok);
    return switches;
  }

  std::unique_ptr<TaskstatsSwitchCounter> counter_;
};

TEST_F(ContextSwitchesTest, TheyAreThoseOfAllThreadsTheDeadIncluded) {
  const ManyThreads many;
  const auto living = sum_of_living_threads(many.pid());
  const auto all = of(many.pid());
  ASSERT_GE(many.dead(), 30U);
  EXPECT_GE(all.voluntary, living.voluntary + many.dead());
  EXPECT_LE(all.voluntary, living.voluntary + many.dead() + 40) << "a thread's last steps";
  EXPECT_GE(all.involuntary, living.involuntary);
  EXPECT_EQ(of(many.pid()), all) << "nothing ran in between";
}

TEST_F(ContextSwitchesTest, OfAProcessOfOneThreadTheyAreWhatProcTells) {
  const ChildProcess child([] {
    for (int i = 0; i < 50; ++i) ::usleep(10);
  });
  Switches told;
  Switches counted;
  for (int tries = 0; tries < 1000 && (told.voluntary < 10 || told != counted); ++tries) {
    ::usleep(1000);
    told = sum_of_living_threads(child.pid());
    // Until it has run the child is nothing to tell of.
    (void)counter_->switches(child.pid(), counted);
  }
  EXPECT_GE(told.voluntary, 10U);
  EXPECT_EQ(counted, told);
}

TEST_F(ContextSwitchesTest, NobodyThereHasVanishedAndLeavesTheValueAlone) {
  ChildProcess child;
  const auto pid = child.pid();
  child.reap();
  Switches switches{.voluntary = 7, .involuntary = 8};
  EXPECT_EQ(counter_->switches(pid, switches), ReadStatus::vanished);
  EXPECT_EQ(switches, (Switches{.voluntary = 7, .involuntary = 8}));
}

// The kernel answers 0 for it, and the counter would fall.
TEST_F(ContextSwitchesTest, TheZombieOfOneThreadHasVanished) {
  const ChildProcess child([] {
    for (int i = 0; i < 50; ++i) ::usleep(10);
    ::_exit(0);
  });
  child.wait_for_zombie();
  Switches switches;
  EXPECT_EQ(counter_->switches(child.pid(), switches), ReadStatus::vanished);
}

TEST_F(ContextSwitchesTest, ABatchAnswersWhatSingleQuestionsDo) {
  std::vector<std::unique_ptr<ChildProcess>> children;
  std::vector<pid_t> pids;
  for (int i = 0; i < 100; ++i) {
    children.push_back(std::make_unique<ChildProcess>());
    pids.push_back(children.back()->pid());
  }
  ChildProcess gone;
  pids[40] = gone.pid();
  gone.reap();
  std::vector<std::optional<Switches>> answers(3);
  std::vector<std::optional<Switches>> before;
  for (int tries = 0; tries < 1000; ++tries) {
    // All have come to rest once every one has run and none moves.
    ::usleep(10'000);
    counter_->ask(pids, answers);
    if (answers == before && std::count(answers.begin(), answers.end(), std::nullopt) == 1) break;
    before = answers;
  }
  ASSERT_EQ(answers.size(), pids.size());
  for (std::size_t i = 0; i < pids.size(); ++i) {
    if (i == 40) {
      EXPECT_FALSE(answers[i]);
    } else {
      ASSERT_TRUE(answers[i]) << i;
      EXPECT_EQ(*answers[i], of(pids[i])) << i;
    }
  }
  counter_->ask({}, answers);
  EXPECT_TRUE(answers.empty());
}

TEST_F(ContextSwitchesTest, WithoutThePrivilegeItSaysSo) {
  EXPECT_EQ(test::exit_status_as_nobody([] {
              TaskstatsStatus status{};
              const auto counter = TaskstatsSwitchCounter::open(status);
              return !counter && status == TaskstatsStatus::no_permission ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace proctally::kernel
