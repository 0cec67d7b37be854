// Apart from the other tests of the slow reader: it forks, and what forks may not start threads
// under ThreadSanitizer.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "core/naming/slow_reader.h"
#include "tests/support/child_process.h"

namespace proctally::naming {
namespace {

class QuickFiles final : public procfs::BlockingFiles {
 public:
  ReadStatus cmdline(pid_t /*pid*/, procfs::PidCmdline& /*cmdline*/) override {
    return ReadStatus::ok;
  }
  ReadStatus exe(pid_t /*pid*/, std::string& /*path*/) override { return ReadStatus::ok; }
  ReadStatus exe_id(pid_t /*pid*/, procfs::ExeId& /*id*/) override { return ReadStatus::ok; }
  std::string user_name(uid_t /*uid*/) override { return ""; }
  ReadStatus smaps_rollup(pid_t /*pid*/, procfs::PidSmapsRollup& /*rollup*/) override {
    return ReadStatus::failed;
  }
};

TEST(ThreadShortageTest, LetsRequestsWaitUntilThereIsRoomForAThread) {
  const auto run = [] {
    rlimit limit{};
    ::getrlimit(RLIMIT_NPROC, &limit);
    const auto before = limit.rlim_cur;
    limit.rlim_cur = 0;
    ::setrlimit(RLIMIT_NPROC, &limit);
    SlowThreads threads;
    ThreadedSlowReader reader(std::make_shared<QuickFiles>(), threads);
    std::vector<SlowAnswer> answers;
    reader.request({.pid = 1, .starttime_ticks = 10, .effective_uid = {}, .needs = {}});
    reader.collect(answers);
    if (!answers.empty()) return 1;
    sigset_t blocked{};
    ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
    if (::sigismember(&blocked, SIGTERM) != 0) return 2;
    limit.rlim_cur = before;
    ::setrlimit(RLIMIT_NPROC, &limit);
    for (int i = 0; i < 10'000 && answers.empty(); ++i) reader.collect(answers);
    return answers.size() == 1 && answers.at(0).pid == 1 ? 0 : 3;
  };
  EXPECT_EQ(test::exit_status_as_nobody(run), 0);
}

}  // namespace
}  // namespace proctally::naming
