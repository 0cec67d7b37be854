// Which group a process is in that lived and died between two scans: only the kernel's message of
// its end is known.
#include <gtest/gtest.h>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

using procfs::ExeId;

constexpr ExeId kNginx{.device = 8, .inode = 100};
constexpr ExeId kPython{.device = 8, .inode = 101};
constexpr ExeId kBusybox{.device = 8, .inode = 102};

class UnseenNaming : public ScanSequence {
 protected:
  static constexpr const char* kByExe = R"({"process_names": [
      {"name": "compilers", "comm": ["cc1"]},
      {"name": "web", "exe": ["nginx"]},
      {"exclude": true, "exe": ["backup"]},
      {"name": "shells", "comm": ["sh"]},
      {"name": "{{.Comm}}", "kernel_thread": false}]})";
  static constexpr const char* kByScript = R"({"process_names": [
      {"name": "shop", "cmdline": ["shop.py"]},
      {"name": "mail", "cmdline": ["mail.py"]},
      {"name": "shells", "comm": ["sh"]}]})";
  static constexpr pid_t kShell = 10;

  /// The settings, and a shell that was there all the time.
  void begin(const char* settings) {
    use_settings(settings);
    hear_exits();
    add_old(kShell, "sh");
  }
  FakeProcess& add_living(pid_t pid, const std::string& comm, const ExeId& exe) {
    auto& process = add_old(pid, comm);
    process.exe_id = exe;
    return process;
  }
  /// A child of `parent` that no scan sees works for 50 ms.
  void run_unseen(pid_t parent, const std::string& comm, const ExeId& exe, uid_t uid = 0) {
    auto& process = host.fork(parent, next_pid_++, comm, now_ticks() + kTicksPerSecond / 2);
    process.exe_id = exe;
    process.uid = uid;
    process.is_kernel_thread = host.at(parent).is_kernel_thread;
    host.work(process.pid, 50 * kMs);
    host.end_and_reap(process.pid);
  }
  /// How many ended that no scan saw, all of them with their work.
  [[nodiscard]] std::uint64_t unseen_of(const std::string& group) const {
    if (!has_group(group)) return 0;
    const auto exited = static_cast<std::uint64_t>(number(group, Metric::exited));
    EXPECT_EQ(cpu_ns(group) / (10 * kMs), exited * 5) << group;
    EXPECT_EQ(number(group, Metric::started), number(group, Metric::exited)) << group;
    return exited;
  }

 private:
  pid_t next_pid_ = 1000;
};

TEST_F(UnseenNaming, GoesWhereTheLivingOfItsExecutableAre) {
  begin(kByExe);
  add_living(20, "nginx", kNginx);
  add_living(21, "nginx", kNginx);
  scan();
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(unseen_of("web"), 1U);
  EXPECT_EQ(unseen_of("shells"), 0U);
  EXPECT_FALSE(has_group("nginx"));
}

TEST_F(UnseenNaming, GoesWhereThoseOfItsExecutableWereThatAreGoneByNow) {
  begin(kByExe);
  add_living(20, "nginx", kNginx);
  scan();
  host.remove(20);
  scan();
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(number("web", Metric::started), 1);
}

TEST_F(UnseenNaming, StaysOutOfEveryGroupWhereTheLivingOfItsExecutableAreExcluded) {
  begin(kByExe);
  add_living(20, "backup", kNginx);
  scan();
  run_unseen(kShell, "backup", kNginx);
  scan();
  EXPECT_EQ(unseen_of("shells"), 0U);
  EXPECT_FALSE(has_group("backup"));
  EXPECT_DOUBLE_EQ(number(SelfMetric::cpu_ungrouped_seconds), 0.05);
}

TEST_F(UnseenNaming, TellsExecutablesOfOneNameApart) {
  begin(kByExe);
  add_living(20, "nginx", kNginx);
  scan();
  run_unseen(kShell, "nginx", {.device = kNginx.device, .inode = kNginx.inode + 1});
  run_unseen(kShell, "nginx", {.device = kNginx.device + 1, .inode = kNginx.inode});
  scan();
  EXPECT_EQ(unseen_of("web"), 0U);
  EXPECT_EQ(unseen_of("shells"), 2U);
}

TEST_F(UnseenNaming, TellsProgramsOfOneExecutableApart) {
  begin(kByExe);
  add_living(20, "nginx", kBusybox);
  add_living(21, "ls", kBusybox);
  scan();
  run_unseen(kShell, "nginx", kBusybox);
  run_unseen(kShell, "ls", kBusybox);
  run_unseen(kShell, "cat", kBusybox);
  scan();
  EXPECT_EQ(unseen_of("web"), 1U);
  EXPECT_EQ(unseen_of("ls"), 1U);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, TakesNoSideAmongScriptsOfOneInterpreter) {
  begin(kByScript);
  add_living(20, "python3", kPython).cmdline = "python3 shop.py";
  scan();
  run_unseen(kShell, "python3", kPython);
  scan();
  EXPECT_EQ(unseen_of("shop"), 1U);
  auto& mail = bear(21, "python3");
  mail.exe_id = kPython;
  mail.cmdline = "python3 mail.py";
  scan();
  run_unseen(kShell, "python3", kPython);
  scan();
  EXPECT_EQ(unseen_of("shop"), 1U);
  EXPECT_EQ(number("mail", Metric::exited), 0);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, TakesNoSideWhereNoRuleMatchesSomeOfAnExecutable) {
  begin(kByScript);
  add_living(20, "python3", kPython).cmdline = "python3 shop.py";
  add_living(21, "python3", kPython).cmdline = "python3 other.py";
  scan();
  run_unseen(kShell, "python3", kPython);
  scan();
  EXPECT_EQ(unseen_of("shop"), 0U);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, JoinsItsParentsGroupWhereItsExecutableIsNotKnown) {
  begin(kByExe);
  scan();
  run_unseen(kShell, "nginx", kNginx);
  run_unseen(kShell, "nginx", {});  // A kernel that does not tell.
  scan();
  EXPECT_EQ(unseen_of("shells"), 2U);
  EXPECT_FALSE(has_group("nginx"));
}

TEST_F(UnseenNaming, IsNamedByTheDefaultRuleWhereItsParentIsInNoGroup) {
  begin(kByExe);
  add_living(20, "backup", kBusybox);
  scan();
  run_unseen(20, "nginx", kNginx);
  scan();
  EXPECT_EQ(unseen_of("nginx"), 1U);
}

TEST_F(UnseenNaming, IsNamedByTheDefaultRuleWhereNobodyInherits) {
  begin(R"({"children": false, "process_names": [
      {"name": "web", "exe": ["nginx"]}, {"name": "{{.Comm}}", "kernel_thread": false}]})");
  scan();
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(unseen_of("nginx"), 1U);
}

TEST_F(UnseenNaming, AsksForNoExecutableWhereItsNameDecides) {
  begin(kByExe);
  add_living(20, "nginx", kNginx);
  scan();
  run_unseen(kShell, "cc1", {});
  scan();
  EXPECT_EQ(unseen_of("compilers"), 1U);
}

TEST_F(UnseenNaming, IsFoundByItsUser) {
  begin(R"({"process_names": [
      {"name": "by number", "user": ["1001"]},
      {"name": "by name", "user": ["user"]},
      {"name": "web", "exe": ["nginx"]},
      {"name": "shells", "comm": ["sh"]}]})");
  add_old(20, "sleep").uid = 1002;
  scan();
  run_unseen(kShell, "ls", {}, 1001);
  run_unseen(kShell, "ls", {}, 1002);
  run_unseen(kShell, "ls", {}, 1003);  // Of whom nobody knows the name.
  scan();
  EXPECT_EQ(unseen_of("by number"), 1U);
  EXPECT_EQ(unseen_of("by name"), 1U);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, LearnsNothingOfAnotherUserWhereRulesTellUsersApart) {
  begin(R"({"process_names": [
      {"name": "shells", "comm": ["sh"]}, {"name": "{{.Username}} {{.ExeBase}}", "kernel_thread": false}]})");
  add_living(20, "nginx", kNginx);
  scan();
  run_unseen(kShell, "nginx", kNginx, 0);
  run_unseen(kShell, "nginx", kNginx, 1000);
  scan();
  EXPECT_EQ(unseen_of("root nginx"), 1U);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, LearnsNothingOfAnotherCgroupWhereRulesTellCgroupsApart) {
  begin(R"({"process_names": [
      {"name": "shells", "comm": ["sh"]}, {"name": "{{index .Cgroups 0}} {{.ExeBase}}", "kernel_thread": false}]})");
  add_living(20, "nginx", kNginx).cgroup = "/a";
  add_old(11, "sh").cgroup = "/a";
  host.at(kShell).cgroup = "/b";
  scan();
  run_unseen(11, "nginx", kNginx);
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(unseen_of("/a nginx"), 1U);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, LearnsNoNameThatIsOfOneProcessOnly) {
  begin(R"({"process_names": [
      {"name": "shells", "comm": ["sh"]}, {"name": "{{.ExeBase}} {{.PID}}", "kernel_thread": false}]})");
  add_living(20, "nginx", kNginx);
  scan();
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(number("nginx 20", Metric::exited), 0);
  EXPECT_EQ(unseen_of("shells"), 1U);
}

TEST_F(UnseenNaming, FindsKernelThreadsByTheirNames) {
  begin(R"({"process_names": [
      {"name": "web", "exe": ["nginx"]},
      {"name": "workers", "comm": ["kworker/0:1"], "kernel_thread": true},
      {"name": "kernel", "kernel_thread": true}]})");
  auto& parent = add_old(2, "kthreadd");
  parent.is_kernel_thread = true;
  parent.ppid = 0;
  scan();
  run_unseen(2, "kworker/0:1", {});
  scan();
  EXPECT_EQ(unseen_of("workers"), 1U);
}

TEST_F(UnseenNaming, ForgetsOnReloadWhatOtherRulesSaid) {
  begin(kByExe);
  add_living(20, "nginx", kNginx);
  scan();
  reload(kByExe);
  slow.hang(20);
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(unseen_of("web"), 0U);
  EXPECT_EQ(unseen_of("shells"), 1U);
  slow.let_go(20);
  scan();
  run_unseen(kShell, "nginx", kNginx);
  scan();
  EXPECT_EQ(unseen_of("web"), 1U);
}

}  // namespace
}  // namespace proctally::test
