#include "core/procfs/pid_io.h"

#include "core/procfs/text.h"

namespace proctally::procfs {

std::optional<PidIo> parse_pid_io(std::string_view text) {
  if (!text.ends_with('\n')) return std::nullopt;
  PidIo io;
  struct Line {
    std::string_view key;
    std::uint64_t* value;
  };
  // The kernel's order, which has never changed: each line is looked at once.
  const Line expected[] = {
      {"rchar", &io.read_chars},      {"wchar", &io.written_chars},
      {"syscr", &io.read_calls},      {"syscw", &io.write_calls},
      {"read_bytes", &io.read_bytes}, {"write_bytes", &io.written_bytes},
  };
  for (const auto& [key, value] : expected) {
    auto line = cut(text, '\n');
    if (cut(line, ':') != key) return std::nullopt;
    const auto number = parse_number<std::uint64_t>(cut_word(line));
    if (!number) return std::nullopt;
    *value = *number;
  }
  return io;
}

}  // namespace proctally::procfs
