#include "core/procfs/pid_statm.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<PidStatm> parse_pid_statm(std::string_view text) {
  // A line that was cut short could still look like two numbers.
  if (!text.ends_with('\n')) return std::nullopt;
  PidStatm statm;
  if (!cut_number(text, statm.size_pages) || !cut_number(text, statm.resident_pages)) {
    return std::nullopt;
  }
  return statm;
}

}  // namespace proctally::procfs
