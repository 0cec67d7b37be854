#include "plugins/graphite/backlog.h"

#include <algorithm>

namespace proctally::plugins::graphite {

BatchRest BatchRest::after(std::size_t bytes) const {
  const auto arrived = text().substr(0, bytes);
  const auto last_newline = arrived.rfind('\n');
  if (last_newline == std::string_view::npos) return *this;
  const auto whole_lines = arrived.substr(0, last_newline + 1);
  const auto count = static_cast<std::size_t>(std::ranges::count(whole_lines, '\n'));
  return {.batch = batch,
          .first_byte = first_byte + whole_lines.size(),
          .first_line = std::min(first_line + count, batch->line_count)};
}

}  // namespace proctally::plugins::graphite
