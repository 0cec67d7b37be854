#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/procfs/exe_id.h"
#include "core/procfs/pid_cmdline.h"

namespace proctally::naming {

/// Which facts a set of rules looks at, so that no others are read.
struct FactNeeds {
  bool cmdline = false;
  bool exe_path = false;
  bool user = false;
  bool cgroups = false;

  /// Whether a slow reader has to be asked at all.
  [[nodiscard]] bool any_slow() const { return cmdline || exe_path || user; }
  FactNeeds& operator|=(const FactNeeds& other) {
    cmdline |= other.cmdline;
    exe_path |= other.exe_path;
    user |= other.user;
    cgroups |= other.cgroups;
    return *this;
  }
};

/// What only a slow reader may fetch (see BlockingFiles). A fact that could not be read is absent:
/// a rule that asks for it does not match.
struct SlowFacts {
  std::optional<procfs::PidCmdline> cmdline;
  std::optional<std::string> exe_path;
  std::optional<std::string> user_name;
  std::optional<procfs::ExeId> exe_id;  ///< No rule asks for it: see ProgramNames.
};

/// All that naming knows of one process. Made for one call; owns nothing.
struct ProcessFacts {
  pid_t pid = 0;
  std::string_view comm;
  bool is_kernel_thread = false;
  std::int64_t start_unix_ns = 0;
  std::optional<uid_t> effective_uid;                 ///< Only where needed, and readable.
  const std::vector<std::string>* cgroups = nullptr;  ///< Null where not needed or not readable.
  const std::string* user_name = nullptr;             ///< Where known without a slow reader.
  const SlowFacts* slow = nullptr;                    ///< Null: not answered yet.

  /// Null where the user's name is not known.
  [[nodiscard]] const std::string* find_user_name() const {
    return slow != nullptr && slow->user_name ? &*slow->user_name : user_name;
  }
};

}  // namespace proctally::naming
