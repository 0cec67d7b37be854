#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/accounting/group_accounts.h"
#include "core/accounting/process_table.h"
#include "core/accounting/scan_stats.h"
#include "core/kernel/process_exit.h"
#include "core/naming/namer.h"
#include "core/naming/program_names.h"
#include "core/naming/slow_reader.h"
#include "core/procfs/proc_reader.h"

namespace proctally::accounting {

/// What a process becomes that no rule matches.
enum class Inheritance : std::uint8_t { from_parent, none };

/// Puts processes into groups: asks the rules, has slow readers fetch what those need, and lets a
/// process that no rule matches inherit from its parent. Nothing here waits for long: a process
/// whose facts do not come is named by those that are known, and again when the rest arrives.
class GroupAssigner {
 public:
  /// All outlive the assigner. Where exits are heard it learns for name_exit() from the living.
  GroupAssigner(procfs::ProcReader& reader, naming::SlowReader& slow_reader, ProcessTable& table,
                GroupAccounts& accounts, ScanStats& stats, bool hears_exits)
      : reader_(reader),
        slow_reader_(slow_reader),
        table_(table),
        accounts_(accounts),
        stats_(stats),
        hears_exits_(hears_exits) {}

  /// The namer has to outlive the next use of the assigner. What was learned is forgotten.
  void use(const naming::Namer& namer, Inheritance inheritance);
  /// Nanoseconds between boot and the Unix epoch, for {{.StartTime}}; and a tick's length.
  void set_clock(std::int64_t boot_to_unix_ns, std::uint64_t ns_per_tick);

  /// Names every process of the table whose naming is due, or that waits.
  void run();

  /// Names a process that ends while it waits, by what is known of it: its work belongs somewhere.
  void decide_now(Process& process);

  /// The group of a process that is gone, by what its last message tells; where the rules ask for
  /// more, that of the living processes of the same program. Nothing where none is known, or no
  /// rule matches: then it belongs to its parent's group, if inherits(). `parent` is the one whose
  /// cgroup it shared most likely.
  [[nodiscard]] std::optional<GroupId> name_exit(const kernel::ProcessExit& exit,
                                                 bool is_kernel_thread, pid_t parent);
  /// The group of one whose parent has none either: by the rules that need to know no more.
  [[nodiscard]] GroupId name_orphaned_exit(const kernel::ProcessExit& exit, bool is_kernel_thread,
                                           pid_t parent);
  [[nodiscard]] bool inherits() const { return inheritance_ == Inheritance::from_parent; }

  /// How many processes still wait after run().
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Facts;  ///< What ProcessFacts points to.

  [[nodiscard]] naming::ProcessFacts read_facts(const Process& process, Facts& facts);
  void ask(Process& process);
  void apply_answers();
  void stop_waiting();
  void apply(Process& process, const naming::Naming& naming);
  void learn(const Process& process, const naming::ProcessFacts& known,
             const naming::Naming& naming);
  [[nodiscard]] naming::Program program_of(const naming::ProcessFacts& known,
                                           const procfs::ExeId& exe) const;
  [[nodiscard]] naming::ProcessFacts read_facts(const kernel::ProcessExit& exit,
                                                bool is_kernel_thread, pid_t parent, Facts& facts);
  [[nodiscard]] std::optional<GroupId> group_of(const naming::Naming& naming);
  void inherit();
  void inherit_from_parent(Process& process);

  procfs::ProcReader& reader_;
  naming::SlowReader& slow_reader_;
  ProcessTable& table_;
  GroupAccounts& accounts_;
  ScanStats& stats_;
  const bool hears_exits_;
  const naming::Namer* namer_ = nullptr;
  Inheritance inheritance_ = Inheritance::from_parent;
  std::int64_t boot_to_unix_ns_ = 0;
  std::uint64_t ns_per_tick_ = 0;
  naming::ProgramNames program_names_;                 ///< As slow answers showed.
  std::unordered_map<uid_t, std::string> user_names_;  ///< Likewise.

  pid_t parent_of_exits_ = 0;  ///< Whose cgroups these are, in this scan.
  std::vector<std::string> parent_cgroups_;

  // Kept between scans so that a steady state allocates nothing.
  std::vector<pid_t> waiting_;
  std::vector<pid_t> unmatched_;
  std::vector<naming::SlowAnswer> answers_;
};

}  // namespace proctally::accounting
