#include "core/procfs/blocking_files.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <system_error>
#include <vector>

#include "core/errno_status.h"
#include "core/procfs/pid_path.h"

namespace proctally::procfs {

FileBlockingFiles::FileBlockingFiles(const std::string& root)
    : root_(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  if (!root_.is_open()) throw std::system_error(errno, std::generic_category(), root);
}

ReadStatus FileBlockingFiles::cmdline(pid_t pid, PidCmdline& cmdline) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 20U;
  const UniqueFd fd(::openat(root_.get(), PidPath({pid}, "cmdline").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return status_of_errno(errno);
  std::string text;
  std::array<char, 4096> chunk{};
  while (text.size() < kMaxBytes) {
    const ssize_t size = ::read(fd.get(), chunk.data(), chunk.size());
    if (size < 0) return status_of_errno(errno);
    if (size == 0) break;
    text.append(chunk.data(), static_cast<std::size_t>(size));
  }
  cmdline = parse_pid_cmdline(text);
  return ReadStatus::ok;
}

ReadStatus FileBlockingFiles::exe(pid_t pid, std::string& path) {
  std::array<char, PATH_MAX> target{};
  const ssize_t size =
      ::readlinkat(root_.get(), PidPath({pid}, "exe").c_str(), target.data(), target.size());
  if (size < 0) return status_of_errno(errno);
  path.assign(target.data(), static_cast<std::size_t>(size));
  return ReadStatus::ok;
}

ReadStatus FileBlockingFiles::exe_id(pid_t pid, ExeId& id) {
  struct statx file {};
  if (::statx(root_.get(), PidPath({pid}, "exe").c_str(), AT_STATX_DONT_SYNC, STATX_INO, &file) !=
      0) {
    return status_of_errno(errno);
  }
  id = {.device = gnu_dev_makedev(file.stx_dev_major, file.stx_dev_minor), .inode = file.stx_ino};
  return ReadStatus::ok;
}

std::string FileBlockingFiles::user_name(uid_t uid) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = user_names_.find(uid); known != user_names_.end()) return known->second;
  }
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(4096);
  while (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  auto name = found == nullptr ? std::to_string(uid) : std::string(found->pw_name);
  const std::lock_guard lock(mutex_);
  return user_names_.insert_or_assign(uid, std::move(name)).first->second;
}

ReadStatus FileBlockingFiles::smaps_rollup(pid_t pid, PidSmapsRollup& rollup) {
  const UniqueFd fd(
      ::openat(root_.get(), PidPath({pid}, "smaps_rollup").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return status_of_errno(errno);
  // It is less than a kilobyte, which the kernel makes as a whole.
  std::array<char, 4096> text{};
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return status_of_errno(errno);
  const auto parsed = parse_pid_smaps_rollup({text.data(), static_cast<std::size_t>(size)});
  if (!parsed) return ReadStatus::malformed;
  rollup = *parsed;
  return ReadStatus::ok;
}

}  // namespace proctally::procfs
