#include "tests/plugins/graphite/power_cut_files.h"

#include <fcntl.h>

#include <algorithm>
#include <set>

#include "tests/plugins/graphite/spool_tools.h"

namespace proctally::test {

using plugins::graphite::FileOps;

int PowerCutFiles::open(int dir, const std::string& name, int flags, mode_t mode) {
  const auto fd = FileOps::open(dir, name, flags, mode);
  if (fd < 0) return fd;
  if (!names_.contains(name)) {
    const auto file = static_cast<int>(files_.size());
    files_[file] = {};
    names_[name] = file;
  }
  const auto file = names_[name];
  if ((flags & O_TRUNC) != 0) files_[file].content.clear();
  open_[fd] = file;
  return fd;
}

int PowerCutFiles::rename(int dir, const std::string& from, const std::string& to) {
  const auto result = FileOps::rename(dir, from, to);
  if (result < 0) return result;
  names_[to] = names_.at(from);
  names_.erase(from);
  return result;
}

int PowerCutFiles::remove(int dir, const std::string& name) {
  names_.erase(name);
  return FileOps::remove(dir, name);
}

ssize_t PowerCutFiles::write(int fd, const char* bytes, std::size_t size, std::uint64_t offset) {
  const auto result = FileOps::write(fd, bytes, size, offset);
  if (result < 0) return result;
  auto& content = files_[open_.at(fd)].content;
  const auto count = static_cast<std::size_t>(result);
  content.resize(std::max(content.size(), offset + count));
  content.replace(offset, count, bytes, count);
  return result;
}

int PowerCutFiles::cut(int fd, std::uint64_t size) {
  files_[open_.at(fd)].content.resize(size);
  return FileOps::cut(fd, size);
}

int PowerCutFiles::sync_data(int fd) {
  auto& file = files_[open_.at(fd)];
  file.durable = file.content;
  return 0;
}

int PowerCutFiles::sync_folder(int /*dir*/) {
  durable_names_ = names_;
  return 0;
}

void PowerCutFiles::write_what_survives(const std::filesystem::path& folder,
                                        std::mt19937& random) const {
  const auto pick = [&random](std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
  };
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  std::set<std::string> names;
  for (const auto& [name, file] : names_) names.insert(name);
  for (const auto& [name, file] : durable_names_) names.insert(name);
  for (const auto& name : names) {
    const auto& from = pick(2) == 0 ? names_ : durable_names_;
    const auto found = from.find(name);
    if (found == from.end()) continue;
    const auto& file = files_.at(found->second);
    auto content = file.durable;
    if (file.content.size() > content.size() && pick(2) == 0) {
      // Some of what was on its way has come; and the size may have, before its content.
      content =
          file.content.substr(0, content.size() + pick(file.content.size() - content.size() + 1));
      const auto reached = file.durable.size() + pick(content.size() - file.durable.size() + 1);
      if (pick(2) == 0)
        std::fill(content.begin() + static_cast<std::ptrdiff_t>(reached), content.end(), '\0');
    } else if (pick(2) == 0) {
      content = file.content;
    }
    write_bytes(folder / name, content);
  }
}

}  // namespace proctally::test
