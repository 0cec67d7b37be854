#include "core/accounting/group_assigner.h"

#include <algorithm>
#include <string>

#include "core/procfs/pid_cgroup.h"
#include "core/procfs/pid_status.h"

namespace proctally::accounting {
namespace {

using naming::Naming;
using procfs::PidFile;

// A scan waits for a slow reader itself; who is not answered in the next one either hangs.
constexpr std::uint8_t kMaxScansWaited = 1;

const naming::SlowFacts kNoFacts;
// Nothing of a kernel thread is slow: it has no executable, and no arguments.
const naming::SlowFacts kKernelThreadFacts{
    .cmdline = procfs::PidCmdline{}, .exe_path = {}, .user_name = {}, .exe_id = {}};
// Then all are forgotten.
constexpr std::size_t kMaxUserNames = 4096;

}  // namespace

struct GroupAssigner::Facts {
  std::vector<std::string> cgroups;
};

void GroupAssigner::use(const naming::Namer& namer, Inheritance inheritance) {
  namer_ = &namer;
  inheritance_ = inheritance;
  program_names_.forget();
  user_names_.clear();
}

void GroupAssigner::set_clock(std::int64_t boot_to_unix_ns, std::uint64_t ns_per_tick) {
  boot_to_unix_ns_ = boot_to_unix_ns;
  ns_per_tick_ = ns_per_tick;
}

naming::ProcessFacts GroupAssigner::read_facts(const Process& process, Facts& facts) {
  naming::ProcessFacts known{
      .pid = process.pid,
      .comm = process.comm,
      .is_kernel_thread = process.is_kernel_thread,
      .start_unix_ns =
          boot_to_unix_ns_ + static_cast<std::int64_t>(process.starttime_ticks * ns_per_tick_)};
  if (namer_->needs().cgroups) {
    const auto file = reader_.read(PidFile::cgroup, {process.pid}, nullptr);
    stats_.count(file.status);
    facts.cgroups = procfs::parse_pid_cgroup(file.text);
    known.cgroups = &facts.cgroups;
  }
  if (namer_->needs().user) {
    const auto file = reader_.read(PidFile::status, {process.pid}, nullptr);
    stats_.count(file.status);
    if (const auto status = procfs::parse_pid_status(file.text)) {
      known.effective_uid = status->effective_uid;
    }
  }
  return known;
}

void GroupAssigner::run() {
  parent_of_exits_ = 0;
  unmatched_.clear();
  for (auto& process : table_) {
    if (process.naming == NamingState::due) ask(process);
  }
  // Also where nobody waits any more: an answer may come after its process was named without it.
  if (namer_->needs().any_slow()) apply_answers();
  stop_waiting();
  inherit();
}

void GroupAssigner::ask(Process& process) {
  Facts facts;
  const auto known = read_facts(process, facts);
  const auto naming = namer_->name(known);
  if (naming.outcome != Naming::Outcome::waiting) {
    apply(process, naming);
    return;
  }
  slow_reader_.request(
      {.pid = process.pid,
       .starttime_ticks = process.starttime_ticks,
       .effective_uid = known.effective_uid,
       .needs = namer_->needs(),
       .wants_exe_id = hears_exits_ && (namer_->needs().cmdline || namer_->needs().exe_path)});
  process.naming = NamingState::waiting;
  waiting_.push_back(process.pid);
}

void GroupAssigner::apply_answers() {
  answers_.clear();
  slow_reader_.collect(answers_);
  for (const auto& answer : answers_) {
    if (hears_exits_ && answer.effective_uid && answer.facts.user_name) {
      if (user_names_.size() == kMaxUserNames) user_names_.clear();
      user_names_.insert_or_assign(*answer.effective_uid, *answer.facts.user_name);
    }
    auto* process = table_.find(answer.pid);
    if (process == nullptr || process->starttime_ticks != answer.starttime_ticks) continue;
    Facts facts;
    auto known = read_facts(*process, facts);
    known.slow = &answer.facts;
    const auto naming = namer_->name(known);
    learn(*process, known, naming);
    apply(*process, naming);
  }
}

void GroupAssigner::learn(const Process& process, const naming::ProcessFacts& known,
                          const Naming& naming) {
  const auto& needs = namer_->needs();
  const auto& slow = *known.slow;
  // What could not be read may have been what decides.
  if (!slow.exe_id || (needs.cmdline && !slow.cmdline) || (needs.exe_path && !slow.exe_path) ||
      (needs.user && !slow.user_name)) {
    return;
  }
  if (process.is_kernel_thread || naming.outcome == Naming::Outcome::waiting) return;
  if (naming.outcome == Naming::Outcome::named && namer_->tells_processes_apart(naming.rule)) {
    return;
  }
  program_names_.learn(program_of(known, *slow.exe_id), naming);
}

naming::Program GroupAssigner::program_of(const naming::ProcessFacts& known,
                                          const procfs::ExeId& exe) const {
  naming::Program program{.exe = exe, .comm = std::string(known.comm), .uid = {}, .cgroups = {}};
  if (namer_->needs().user) program.uid = known.effective_uid;
  if (known.cgroups != nullptr) program.cgroups = *known.cgroups;
  return program;
}

void GroupAssigner::stop_waiting() {
  std::erase_if(waiting_, [this](pid_t pid) {
    auto* process = table_.find(pid);
    if (process == nullptr || process->naming != NamingState::waiting) return true;
    if (process->scans_waited < kMaxScansWaited) {
      ++process->scans_waited;
      return false;
    }
    Facts facts;
    auto known = read_facts(*process, facts);
    known.slow = &kNoFacts;
    const auto naming = namer_->name(known);
    // What cannot be looked up is no reason to leave a group.
    if (process->is_recheck ||
        (naming.outcome == Naming::Outcome::unmatched && process->group != kNoGroup)) {
      process->naming = NamingState::named;
      process->scans_waited = 0;
    } else {
      apply(*process, naming);
    }
    return true;
  });
}

void GroupAssigner::apply(Process& process, const Naming& naming) {
  process.scans_waited = 0;
  process.is_recheck = false;
  switch (naming.outcome) {
    case Naming::Outcome::named:
      process.group = accounts_.find_or_create(naming.label);
      if (namer_->threads_of(naming.rule) == naming::ThreadDetail::by_name) {
        accounts_.read_threads(process.group);
      }
      process.source = GroupSource::rule;
      process.rule = static_cast<std::uint32_t>(naming.rule);
      process.naming = NamingState::named;
      break;
    case Naming::Outcome::excluded:
      process.group = kNoGroup;
      process.source = GroupSource::excluded;
      process.rule = static_cast<std::uint32_t>(naming.rule);
      process.naming = NamingState::named;
      break;
    case Naming::Outcome::unmatched:
    case Naming::Outcome::waiting:
      process.naming = NamingState::due;
      unmatched_.push_back(process.pid);
      break;
  }
}

void GroupAssigner::inherit() {
  // Parents before children. A parent is older, or as old and born first.
  std::sort(unmatched_.begin(), unmatched_.end(), [this](pid_t a, pid_t b) {
    const auto key = [](const Process* process, pid_t pid) {
      return std::pair(process == nullptr ? 0 : process->starttime_ticks, pid);
    };
    return key(table_.find(a), a) < key(table_.find(b), b);
  });
  for (const auto pid : unmatched_) {
    if (auto* process = table_.find(pid)) inherit_from_parent(*process);
  }
}

void GroupAssigner::inherit_from_parent(Process& process) {
  // Whom it inherited from once, it stays with: parents die, and init adopts.
  const bool has_inherited = process.source == GroupSource::parent;
  const auto* parent = inheritance_ == Inheritance::from_parent && !has_inherited
                           ? table_.find(process.ppid)
                           : nullptr;
  // A younger one only has the pid of a parent that is gone.
  const bool is_parent =
      parent != nullptr && parent != &process && parent->starttime_ticks <= process.starttime_ticks;
  if (is_parent && parent->naming != NamingState::named) return;  // Due again next scan.
  process.naming = NamingState::named;
  if (has_inherited) return;
  process.group = is_parent ? parent->group : kNoGroup;
  process.source = process.group == kNoGroup ? GroupSource::none : GroupSource::parent;
}

void GroupAssigner::decide_now(Process& process) {
  if (process.naming == NamingState::named || process.is_recheck) {
    process.naming = NamingState::named;
    return;
  }
  naming::ProcessFacts known{.pid = process.pid,
                             .comm = process.comm,
                             .is_kernel_thread = process.is_kernel_thread,
                             .slow = &kNoFacts};
  const auto naming = namer_->name(known);
  if (naming.outcome == Naming::Outcome::unmatched) {
    if (process.group == kNoGroup) inherit_from_parent(process);
    process.naming = NamingState::named;
    return;
  }
  apply(process, naming);
}

naming::ProcessFacts GroupAssigner::read_facts(const kernel::ProcessExit& exit,
                                               bool is_kernel_thread, pid_t parent, Facts& facts) {
  naming::ProcessFacts known{.pid = exit.pid,
                             .comm = exit.name(),
                             .is_kernel_thread = is_kernel_thread,
                             .effective_uid = exit.uid};
  if (const auto name = user_names_.find(exit.uid); name != user_names_.end()) {
    known.user_name = &name->second;
  }
  if (is_kernel_thread) known.slow = &kKernelThreadFacts;
  if (namer_->needs().cgroups) {
    // A storm has one parent.
    if (parent != parent_of_exits_) {
      parent_cgroups_ =
          procfs::parse_pid_cgroup(reader_.read(PidFile::cgroup, {parent}, nullptr).text);
      parent_of_exits_ = parent;
    }
    facts.cgroups = parent_cgroups_;
    known.cgroups = &facts.cgroups;
  }
  return known;
}

std::optional<GroupId> GroupAssigner::group_of(const Naming& naming) {
  switch (naming.outcome) {
    case Naming::Outcome::named:
      return accounts_.find_or_create(naming.label);
    case Naming::Outcome::excluded:
      return kNoGroup;
    case Naming::Outcome::unmatched:
    case Naming::Outcome::waiting:
      break;
  }
  return std::nullopt;
}

std::optional<GroupId> GroupAssigner::name_exit(const kernel::ProcessExit& exit,
                                                bool is_kernel_thread, pid_t parent) {
  Facts facts;
  const auto known = read_facts(exit, is_kernel_thread, parent, facts);
  const auto naming = namer_->name(known);
  if (naming.outcome != Naming::Outcome::waiting) return group_of(naming);
  if (exit.exe_inode == 0) return std::nullopt;
  const auto* learned =
      program_names_.find(program_of(known, {.device = exit.exe_device, .inode = exit.exe_inode}));
  return learned == nullptr ? std::nullopt : group_of(*learned);
}

GroupId GroupAssigner::name_orphaned_exit(const kernel::ProcessExit& exit, bool is_kernel_thread,
                                          pid_t parent) {
  Facts facts;
  auto known = read_facts(exit, is_kernel_thread, parent, facts);
  if (known.slow == nullptr) known.slow = &kNoFacts;
  return group_of(namer_->name(known)).value_or(kNoGroup);
}

}  // namespace proctally::accounting
