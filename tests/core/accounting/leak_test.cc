// A program of its own, because it counts all memory that is in use in it.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "tests/support/allocations.h"
#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

/// A host in a storm: each second many processes live and die unseen, some are seen, some stay
/// zombies for a while, some are orphaned, some die to a parent that could not be read.
class Storm : public ScanSequence, public ::testing::WithParamInterface<bool> {
 protected:
  static constexpr pid_t kShell = 10;
  static constexpr pid_t kDaemon = 11;
  static constexpr pid_t kAutoreaper = 12;
  static constexpr pid_t kMaxPid = 32'768;
  static constexpr std::size_t kZombies = 20;

  void SetUp() override {
    if (GetParam()) hear_exits();
    use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true});
    add_old(1, "init").ppid = 0;
    add_old(kShell, "sh");
    add_old(kDaemon, "daemon").adopts = true;
    add_old(kAutoreaper, "autoreaper").ignores_children = true;
  }

  /// What happens between two scans, and the second of them.
  void live_a_second() {
    for (const auto pid : seen_) end_and_reap(pid);
    seen_.clear();
    for (int i = 0; i < 40; ++i) end_and_reap(bear_child(kShell));
    for (int i = 0; i < 5; ++i) end_and_reap(bear_child(kAutoreaper));
    // A daemon's double fork, and a chain of which the outermost ends first.
    const auto launcher = bear_child(kDaemon);
    const auto orphan = bear_child(launcher);
    end_and_reap(bear_child(orphan));
    end_and_reap(launcher);
    end_and_reap(orphan);
    for (int i = 0; i < 5; ++i) seen_.push_back(bear_child(i % 2 == 0 ? kShell : kDaemon));
    // One of those lives on as an orphan for a scan.
    seen_.push_back(bear_child(seen_.back()));
    zombies_.push_back(bear_child(kShell));
    host.end(zombies_.back());
    if (zombies_.size() > kZombies) {
      host.reap(zombies_.front());
      zombies_.pop_front();
    }
    ++seconds_;
    const bool is_unreadable = seconds_ % 50 == 0;
    if (is_unreadable) host.fail(kShell, procfs::PidFile::stat, ReadStatus::denied);
    scan();
    if (is_unreadable) host.heal(kShell);
    unheard_.clear();
    host.exits.drain(unheard_);  // What nobody listens to is not kept for anybody.
  }
  [[nodiscard]] std::uint64_t births() const { return births_; }

 private:
  pid_t bear_child(pid_t parent) {
    do {
      next_pid_ = next_pid_ >= kMaxPid ? 300 : next_pid_ + 1;
    } while (host.processes().contains(next_pid_));
    static constexpr std::array kComms = {"true", "ls", "cc1", "sed", "grep", "awk", "cat"};
    auto& child = host.fork(parent, next_pid_, kComms.at(births_ % kComms.size()),
                            now_ticks() + births_ % kTicksPerSecond);
    ++births_;
    child.exe_id = {.device = 8, .inode = births_};  // Each a new executable: nothing is learned.
    host.work(next_pid_, 7 * kMs);
    return next_pid_;
  }
  void end_and_reap(pid_t pid) { host.end_and_reap(pid); }

  pid_t next_pid_ = 300;
  std::uint64_t births_ = 0;
  std::uint64_t seconds_ = 0;
  std::vector<pid_t> seen_;
  std::deque<pid_t> zombies_;
  std::vector<kernel::ProcessExit> unheard_;
};

TEST_P(Storm, OfAnHourLeavesMemoryAsItWas) {
  constexpr int kBefore = 600;
  constexpr int kHour = 3600;
  for (int i = 0; i < kBefore; ++i) live_a_second();
  const auto before = live_memory();
  for (int i = kBefore; i < kHour && !HasFailure(); ++i) live_a_second();
  const auto after = live_memory();
  EXPECT_GT(births(), 150'000U);
  // 150,000 processes came and went in between: one byte of each would be more.
  EXPECT_LT(after.bytes, before.bytes + 32 * 1024);
  EXPECT_LT(after.blocks, before.blocks + 100);
  std::printf("%zu bytes in %zu blocks, then %zu bytes in %zu blocks\n", before.bytes,
              before.blocks, after.bytes, after.blocks);
}

TEST(LiveMemoryCount, GrowsWithWhatIsKeptAndFallsWithWhatIsGivenBack) {
  const auto before = live_memory();
  auto* text = new std::string(100, 'x');
  const auto between = live_memory();
  EXPECT_EQ(between.blocks, before.blocks + 2);
  EXPECT_GT(between.bytes, before.bytes + 100);
  delete text;
  EXPECT_EQ(live_memory().blocks, before.blocks);
  EXPECT_EQ(live_memory().bytes, before.bytes);
}

INSTANTIATE_TEST_SUITE_P(Routes, Storm, ::testing::Bool(), [](const auto& param) {
  return param.param ? "WithMessages" : "WithoutMessages";
});

}  // namespace
}  // namespace proctally::test
