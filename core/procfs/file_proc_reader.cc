#include "core/procfs/file_proc_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

#include "core/errno_status.h"
#include "core/procfs/pid_path.h"
#include "core/procfs/text.h"

namespace proctally::procfs {
namespace {

// Larger than /proc/stat on 200 CPUs, and than any file of a process but the status of one with
// thousands of groups. The buffer grows for what is larger still, once.
constexpr std::size_t kFirstBufferBytes = 65536;
constexpr std::size_t kLastBufferBytes = std::size_t{4} << 20U;
constexpr std::array<const char*, kPidFileCount> kPidFileNames = {
    "stat", "statm", "io", "status", "cgroup", "limits", "schedstat", "wchan"};
constexpr std::array kHostFileNames = {"stat", "loadavg", "meminfo"};

// readdir_r is deprecated; readdir is safe on a stream that one thread uses.
const dirent* next_entry(DIR* dir) { return ::readdir(dir); }  // NOLINT(concurrency-mt-unsafe)

DirStream open_dir_at(int root_fd, const char* path, ReadStatus& status) {
  UniqueFd fd(::openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* dir = fd.is_open() ? ::fdopendir(fd.get()) : nullptr;
  if (dir == nullptr) {
    status = status_of_errno(errno);
    return nullptr;
  }
  (void)fd.release();  // The stream owns it now.
  status = ReadStatus::ok;
  return DirStream(dir);
}

}  // namespace

FileProcReader::FileProcReader(const std::string& root, std::size_t kept_budget)
    : root_(::opendir(root.c_str())), buffer_(kFirstBufferBytes), kept_budget_(kept_budget) {
  if (!root_) throw std::system_error(errno, std::generic_category(), root);
  root_fd_ = ::dirfd(root_.get());
  struct stat own_fds {};
  // Our own folder holds at least the root: a size of 0 is that of an older kernel.
  fd_size_is_count_ = ::fstatat(root_fd_, "self/fd", &own_fds, 0) == 0 && own_fds.st_size > 0;
}

ReadStatus FileProcReader::list(std::vector<pid_t>& pids) {
  pids.clear();
  ::rewinddir(root_.get());
  errno = 0;
  while (const dirent* entry = next_entry(root_.get())) {
    if (const auto pid = parse_number<pid_t>(entry->d_name); pid && *pid > 0) pids.push_back(*pid);
  }
  return errno == 0 ? ReadStatus::ok : status_of_errno(errno);
}

ReadResult FileProcReader::read_open(int fd) {
  for (;;) {
    const ssize_t result = ::pread(fd, buffer_.data(), buffer_.size(), 0);
    if (result < 0) return {status_of_errno(errno), {}};
    const auto size = static_cast<std::size_t>(result);
    if (size < buffer_.size() || size >= kLastBufferBytes) {
      return {ReadStatus::ok, {buffer_.data(), size}};
    }
    buffer_.resize(buffer_.size() * 2);
  }
}

ReadResult FileProcReader::read(HostFile file) {
  const auto index = static_cast<std::size_t>(file);
  auto& fd = host_files_.at(index);
  if (!fd.is_open()) fd.reset(::openat(root_fd_, kHostFileNames.at(index), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return {status_of_errno(errno), {}};
  return read_open(fd.get());
}

ReadResult FileProcReader::read(PidFile file, TaskPath task, KeptFiles* kept) {
  const auto index = static_cast<std::size_t>(file);
  UniqueFd* slot = kept != nullptr && index < kKeepableFiles ? &kept->fds.at(index) : nullptr;
  if (slot != nullptr && slot->is_open()) {
    const auto result = read_open(slot->get());
    if (result.status != ReadStatus::vanished) return result;
    // That process is gone; the pid may already be another's.
    slot->reset();
    ++kept_budget_;
  }
  const PidPath path(task, kPidFileNames.at(index));
  UniqueFd fd(::openat(root_fd_, path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return {status_of_errno(errno), {}};
  const auto result = read_open(fd.get());
  if (slot != nullptr && kept_budget_ > 0 && result.status == ReadStatus::ok) {
    *slot = std::move(fd);
    --kept_budget_;
  }
  return result;
}

void FileProcReader::release(KeptFiles& kept) {
  for (auto& fd : kept.fds) {
    if (!fd.is_open()) continue;
    fd.reset();
    ++kept_budget_;
  }
}

ReadStatus FileProcReader::find_other_thread(pid_t pid, pid_t& tid) {
  ReadStatus status{};
  const auto dir = open_dir_at(root_fd_, PidPath({pid}, "task").c_str(), status);
  if (!dir) return status;
  while (const dirent* entry = next_entry(dir.get())) {
    const auto id = parse_number<pid_t>(entry->d_name);
    if (!id || *id == pid) continue;
    tid = *id;
    return ReadStatus::ok;
  }
  return ReadStatus::vanished;
}

ReadStatus FileProcReader::list_threads(pid_t pid, std::vector<pid_t>& tids) {
  tids.clear();
  ReadStatus status{};
  const auto dir = open_dir_at(root_fd_, PidPath({pid}, "task").c_str(), status);
  if (!dir) return status;
  errno = 0;
  while (const dirent* entry = next_entry(dir.get())) {
    if (const auto tid = parse_number<pid_t>(entry->d_name); tid && *tid > 0) tids.push_back(*tid);
  }
  return errno == 0 ? ReadStatus::ok : status_of_errno(errno);
}

ReadStatus FileProcReader::count_fds(TaskPath task, std::uint64_t& count) {
  const PidPath path(task, "fd");
  if (fd_size_is_count_) {
    struct stat folder {};
    if (::fstatat(root_fd_, path.c_str(), &folder, 0) != 0) return status_of_errno(errno);
    count = static_cast<std::uint64_t>(folder.st_size);
    return ReadStatus::ok;
  }
  ReadStatus status{};
  const auto dir = open_dir_at(root_fd_, path.c_str(), status);
  if (!dir) return status;
  count = 0;
  while (const dirent* entry = next_entry(dir.get())) {
    if (parse_number<int>(entry->d_name)) ++count;
  }
  return ReadStatus::ok;
}

ReadStatus FileProcReader::self(pid_t& pid) {
  std::array<char, 16> target{};
  const ssize_t size = ::readlinkat(root_fd_, "self", target.data(), target.size());
  if (size < 0) return status_of_errno(errno);
  const auto number = parse_number<pid_t>({target.data(), static_cast<std::size_t>(size)});
  if (!number) return ReadStatus::malformed;
  pid = *number;
  return ReadStatus::ok;
}

}  // namespace proctally::procfs
