// Random histories of a host, each run against the accounts. The fake host is the kernel's side:
// what it let processes do is the truth, to the nanosecond.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/scan_sequence.h"

namespace proctally::test {
namespace {

/// What a kind of history has in it beside births, work, ends and scans missed.
struct Kind {
  const char* name;
  bool hears_exits = false;
  bool has_ignored_children = false;  ///< SIGCHLD ignored: without messages their end is unknown.
  bool has_orphaned_zombies = false;  ///< Their parent ended without waiting; others do.
  bool has_renames = false;
  bool has_unreadable = false;
  std::uint64_t ns_per_tick = 1;
  bool is_exact_by_group = false;
};

constexpr Kind kKinds[] = {
    {.name = "MessagesAndReapers", .hears_exits = true, .is_exact_by_group = true},
    {.name = "MessagesReapersAndIgnoredChildren",
     .hears_exits = true,
     .has_ignored_children = true,
     .is_exact_by_group = true},
    {.name = "MessagesAndEverythingElse",
     .hears_exits = true,
     .has_ignored_children = true,
     .has_orphaned_zombies = true,
     .has_renames = true,
     .has_unreadable = true},
    {.name = "ReapersAlone", .has_renames = true},
    {.name = "ReapersAloneAndOrphanedZombies", .has_orphaned_zombies = true},
    {.name = "ReapersAloneAndUnreadableProcesses", .has_unreadable = true},
    {.name = "ReapersAloneAndIgnoredChildren", .has_ignored_children = true},
    {.name = "WholeTicks", .hears_exits = true, .ns_per_tick = FakeHost::kNsPerTick},
};

/// What a history is run for.
enum class Purpose : std::uint8_t {
  checked,    ///< To be held against the truth.
  disturbed,  ///< To be compared: now and then messages are lost and settings read again.
  restarted,  ///< The same, with a restart in the place of the settings.
  regrouped,  ///< With other settings now and then, read again or after a restart.
};

// Not "top": what a group did before others took its place is in no row until it is back.
constexpr const char* kOtherSettings[] = {
    "{}",
    R"({"process_names": [{"name": "ab", "comm": ["a", "b"]}, {"name": "c", "comm": ["c"]}]})",
    R"({"process_names": [{"name": "ab", "comm": ["a", "b"]}], "children": false})",
    R"({"max_groups": 2})",
};

/// The counters of every group after each scan.
using Books = std::vector<std::map<std::string, std::vector<double>>>;

class History : public ScanSequence {
 public:
  History(const Kind& kind, std::uint64_t seed, Purpose purpose = Purpose::checked)
      : kind_(kind), random_(seed), purpose_(purpose) {}

  [[nodiscard]] const Books& books() const { return books_; }

  void live() {
    use_routes({kernel::CpuRoute::process_clock, kernel::BirthRoute::listing, true});
    if (kind_.hears_exits) hear_exits();
    host.ns_per_tick = kind_.ns_per_tick;
    host.add(1, "init", 1).ppid = 0;
    for (int i = 0; i < 4; ++i) fork();
    for (int i = 0; i < 6; ++i) work();
    scan();
    truth_.clear();
    const int scans = 2 + upto(4);
    for (int i = 0; i < scans && !HasFailure(); ++i) {
      // One that is unreadable in the next scan. Whether it has ended then, or another has its pid,
      // nobody could tell; nor who adopted the children of one that ended beside it.
      auto hidden = kind_.has_unreadable && upto(3) == 0 ? pick(true) : 0;
      has_hidden_ = hidden != 0;
      const auto born = hidden == 0 ? 0 : host.at(hidden).starttime_ticks;
      const int events = upto(14);
      for (int j = 0; j < events; ++j) happen();
      const auto now = host.processes().find(hidden);
      if (now == host.processes().end() || now->second.starttime_ticks != born ||
          now->second.state == 'Z') {
        hidden = 0;
      }
      if (hidden != 0) host.fail(hidden, procfs::PidFile::stat, ReadStatus::denied);
      if (purpose_ != Purpose::checked) disturb();
      enter(scan());
      if (hidden != 0) {
        host.heal(hidden);
        continue;
      }
      compare();
    }
    scan();
    compare();
  }

 private:
  struct Truth {
    std::uint64_t cpu_ns = 0;
    std::uint64_t minor_faults = 0;
    std::uint64_t read_chars = 0;
    std::uint64_t written_bytes = 0;
    friend bool operator==(const Truth&, const Truth&) = default;
  };

  void TestBody() override {}

  int upto(int most) { return std::uniform_int_distribution<int>(0, most)(random_); }

  void disturb() {
    if (upto(1) == 0) return;
    if (upto(1) == 0) lose_messages_so_far();
    if (purpose_ == Purpose::regrouped) {
      const std::string settings = kOtherSettings[upto(int{std::size(kOtherSettings)} - 1)];
      use_settings(settings);
      upto(1) == 0 ? restart() : reload(settings);
    } else if (purpose_ == Purpose::restarted) {
      restart();
    } else {
      reload("{}");  // Then everybody is read, as after a restart: who adopted a sleeper shows.
    }
  }

  void enter(const Snapshot& snapshot) {
    auto& books = books_.emplace_back();
    double grouped_s = 0;
    for (const auto& row : snapshot.groups) {
      auto& counters = books[std::string(row.name)];
      for (std::size_t i = 0; i < kMetricCount; ++i) {
        if (kMetrics.at(i).kind != proctally::Kind::counter) continue;
        counters.push_back(row.values[static_cast<Metric>(i)].as_real());
      }
      grouped_s += row.values[Metric::cpu_time].as_real();
    }
    EXPECT_NEAR(grouped_s, snapshot.self[SelfMetric::cpu_grouped_seconds].as_real(), 1e-6);
  }

  // A process that lives, or a zombie; not init, unless there is nobody else. 0: none.
  pid_t pick(bool living) {
    std::vector<pid_t> pids;
    for (const auto& [pid, process] : host.processes()) {
      if ((process.state != 'Z') == living && pid != 1) pids.push_back(pid);
    }
    if (pids.empty()) return living ? 1 : 0;
    return pids[static_cast<std::size_t>(upto(static_cast<int>(pids.size()) - 1))];
  }

  [[nodiscard]] bool pid_is_zombie(pid_t pid) {
    return host.processes().contains(pid) && host.at(pid).state == 'Z';
  }

  [[nodiscard]] bool has_children(pid_t pid) {
    return std::ranges::any_of(host.processes(),
                               [pid](const auto& entry) { return entry.second.ppid == pid; });
  }

  void happen() {
    switch (upto(9)) {
      case 0:
      case 1:
      case 2:
        fork();
        break;
      case 3:
      case 4:
      case 5:
        work();
        break;
      case 6:
        if (const auto pid = pick(true); pid != 1) end(pid);
        break;
      case 7:
        if (const auto pid = pick(false); pid != 0) reap(pid);
        break;
      case 8:
        if (const auto pid = pick(true); pid != 1) {
          end(pid);
          if (pid_is_zombie(pid)) reap(pid);
        }
        break;
      case 9:
        if (kind_.has_renames) host.at(pick(true)).comm = name();
        break;
    }
  }

  std::string name() { return std::string(1, static_cast<char>('a' + upto(4))); }

  void fork() {
    // Few numbers, so that they are used again; but no two within a tick, which nobody could tell.
    const pid_t pid = host.ns_per_tick == 1 ? 2 + upto(60) : ++last_pid_;
    if (host.processes().contains(pid)) return;
    const auto parent = pick(true);
    // What a process leaves that nobody waits for, its children's part too, nobody could tell.
    const auto grandparent = host.processes().find(host.at(parent).ppid);
    if (grandparent != host.processes().end() && grandparent->second.ignores_children) return;
    born_ns_ += 1 + static_cast<std::uint64_t>(upto(1000));
    const auto born_ticks = now_ticks() + born_ns_ / host.ns_per_tick;
    auto& child = host.fork(parent, pid, name(), born_ticks);
    child.ignores_children = kind_.has_ignored_children && upto(5) == 0;
    child.adopts = upto(5) == 0;
    work_of(pid);
  }

  void work() { work_of(pick(true)); }

  void work_of(pid_t pid) {
    auto& process = host.at(pid);
    const auto ns = static_cast<std::uint64_t>(upto(50'000'000));
    host.work(pid, ns, upto(2) / 2.0);
    const auto faults = static_cast<std::uint64_t>(upto(9));
    process.minor_faults += faults;
    const auto chars = static_cast<std::uint64_t>(upto(1'000'000));
    process.io.read_chars += chars;
    process.io.written_bytes += 4096;
    auto& truth = truth_[process.comm];
    truth.cpu_ns += ns;
    truth.minor_faults += faults + 1;
    truth.read_chars += chars;
    truth.written_bytes += 4096;
  }

  void reap(pid_t pid) {
    auto& parent = host.at(host.at(pid).ppid);
    truth_[parent.comm].cpu_ns += FakeHost::kWaitNs;
    host.reap(pid);
  }

  void end(pid_t pid) {
    // Where it ends in one scan with those whom it let vanish, nobody could tell who waited.
    if (host.at(pid).ignores_children) return;
    if (has_hidden_ && has_children(pid)) return;
    if (!kind_.has_orphaned_zombies) {
      std::vector<pid_t> zombies;
      for (const auto& [child_pid, child] : host.processes()) {
        if (child.ppid == pid && child.state == 'Z') zombies.push_back(child_pid);
      }
      for (const auto zombie : zombies) reap(zombie);
    }
    host.end(pid);
  }

  [[nodiscard]] Truth books_of(const std::string& group) const {
    if (!has_group(group)) return {};
    const auto integer = [&](Metric metric) {
      return static_cast<std::uint64_t>(value(group, metric).as_integer());
    };
    return {cpu_ns(group), integer(Metric::minor_faults), integer(Metric::read_bytes),
            integer(Metric::disk_write_bytes)};
  }

  static Truth sum(const std::map<std::string, Truth>& parts) {
    Truth sum;
    for (const auto& [name, part] : parts) {
      sum.cpu_ns += part.cpu_ns;
      sum.minor_faults += part.minor_faults;
      sum.read_chars += part.read_chars;
      sum.written_bytes += part.written_bytes;
    }
    return sum;
  }

  void compare() {
    if (purpose_ != Purpose::checked) return;
    std::map<std::string, Truth> books;
    for (const char* group : {"init", "a", "b", "c", "d", "e"}) {
      books[group] = books_of(group);
      if (kind_.is_exact_by_group) {
        EXPECT_EQ(books[group].cpu_ns, truth_[group].cpu_ns) << group;
        EXPECT_EQ(books[group].minor_faults, truth_[group].minor_faults) << group;
        EXPECT_EQ(books[group].read_chars, truth_[group].read_chars) << group;
        EXPECT_EQ(books[group].written_bytes, truth_[group].written_bytes) << group;
      }
    }
    const auto all_books = sum(books);
    const auto truth = sum(truth_);
    if (kind_.has_ignored_children && !kind_.hears_exits) {
      // What nobody waited for and nobody announced is lost, and nothing is made up for it.
      EXPECT_LE(all_books.cpu_ns, truth.cpu_ns);
      EXPECT_LE(all_books.minor_faults, truth.minor_faults);
      EXPECT_LE(all_books.read_chars, truth.read_chars);
      return;
    }
    // Each reaper shows its children's user and system time in whole ticks.
    const auto tolerance = host.ns_per_tick == 1 ? 0 : 2 * host.ns_per_tick * 60;
    EXPECT_LE(all_books.cpu_ns, truth.cpu_ns + tolerance);
    EXPECT_GE(all_books.cpu_ns + tolerance, truth.cpu_ns);
    EXPECT_EQ(all_books.minor_faults, truth.minor_faults);
    EXPECT_EQ(all_books.read_chars, truth.read_chars);
    EXPECT_EQ(all_books.written_bytes, truth.written_bytes);
  }

  const Kind& kind_;
  std::mt19937_64 random_;
  Purpose purpose_;
  Books books_;
  std::uint64_t born_ns_ = 0;
  pid_t last_pid_ = 1;
  bool has_hidden_ = false;
  std::map<std::string, Truth> truth_;
};

class Histories : public ::testing::TestWithParam<Kind> {};

// 100,000 in all. PROCTALLY_MODEL_SEED is where the seeds begin: another one for other histories,
// that of a failure to see only it.
TEST_P(Histories, AddUpToTheTruthAfterEachScan) {
  constexpr std::uint64_t kHistories = 100'000 / std::size(kKinds);
  const char* chosen = std::getenv("PROCTALLY_MODEL_SEED");  // NOLINT(concurrency-mt-unsafe)
  const std::uint64_t first = chosen == nullptr ? 1 : std::stoull(chosen);
  std::printf("seeds %ju to %ju\n", std::uintmax_t{first}, std::uintmax_t{first + kHistories - 1});
  for (auto seed = first; seed < first + kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(GetParam(), seed).live();
  }
}

// Whatever cannot be known, a restart makes it no worse.
TEST_P(Histories, HaveTheSameBooksWhenTheProgramIsStartedAgainNowAndThen) {
  constexpr std::uint64_t kHistories = 20'000 / std::size(kKinds);
  for (std::uint64_t seed = 1; seed <= kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History disturbed(GetParam(), seed, Purpose::disturbed);
    disturbed.live();
    History restarted(GetParam(), seed, Purpose::restarted);
    restarted.live();
    EXPECT_EQ(restarted.books(), disturbed.books());
  }
}

TEST_P(Histories, AddUpToWhatAllGroupsHaveAlsoWithOtherSettings) {
  constexpr std::uint64_t kHistories = 8'000 / std::size(kKinds);
  for (std::uint64_t seed = 1; seed <= kHistories && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(GetParam(), seed, Purpose::regrouped).live();
  }
}

INSTANTIATE_TEST_SUITE_P(Of, Histories, ::testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace
}  // namespace proctally::test
