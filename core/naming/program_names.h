#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/naming/namer.h"
#include "core/procfs/exe_id.h"

namespace proctally::naming {

/// What two processes have in common that the same rules match, as far as an exit message tells.
struct Program {
  procfs::ExeId exe;
  std::string comm;
  std::optional<uid_t> uid;          ///< Only where a rule looks at it.
  std::vector<std::string> cgroups;  ///< Likewise.

  friend bool operator<(const Program& a, const Program& b);
};

/// What the rules said of living programs, for processes that ended before anybody could read
/// their arguments. Where they said different things of one program, as of python3 with its
/// scripts, it says nothing.
class ProgramNames {
 public:
  /// Then all is forgotten: on a host with so many programs it is learned anew in no time.
  static constexpr std::size_t kMaxPrograms = 4096;

  /// `naming` is final: not waiting.
  void learn(const Program& program, const Naming& naming);
  /// Null where it was never seen alive, or is ambiguous. Valid until the next change.
  [[nodiscard]] const Naming* find(const Program& program) const;
  void forget() { names_.clear(); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::map<Program, std::optional<Naming>> names_;  ///< Nothing: ambiguous.
};

}  // namespace proctally::naming
