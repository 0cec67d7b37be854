#include "plugins/graphite/spool_root.h"

#include <fmt/format.h>

#include <system_error>

#include "plugins/graphite/disk_error.h"

namespace proctally::plugins::graphite {

namespace fs = std::filesystem;

void make_spool_root(const fs::path& path) {
  std::error_code error;
  if (fs::create_directory(path, error)) fs::permissions(path, fs::perms::owner_all, error);
  if (error) {
    throw SpoolError(fmt::format("cannot make the folder {}: {}{}", path.string(), error.message(),
                                 error == std::errc::no_such_file_or_directory
                                     ? fmt::format("; mkdir -p {}", path.parent_path().string())
                                     : std::string()));
  }
  const auto mode = fs::status(path, error).permissions();
  const bool is_open =
      (mode & (fs::perms::group_write | fs::perms::others_write)) != fs::perms::none;
  // In a sticky folder nobody else can put another one in the place of ours.
  if (!error && is_open && (mode & fs::perms::sticky_bit) == fs::perms::none) {
    throw SpoolError(fmt::format("others may write to the folder {}; chmod go-w {}", path.string(),
                                 path.string()));
  }
}

}  // namespace proctally::plugins::graphite
