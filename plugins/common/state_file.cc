#include "plugins/common/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "plugins/common/atomic_file.h"

namespace proctally::plugins {
namespace {

constexpr std::string_view kMagic = "proctally-state";
constexpr mode_t kOwnerOnly = 0600;

std::string describe(int error) { return std::generic_category().message(error); }

// Neither waits for the writer of a pipe, nor follows a link that somebody put there.
UniqueFd open_file(const std::string& path, int flags) {
  UniqueFd file(
      ::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, kOwnerOnly));
  if (!file.is_open() && errno == ENOENT) return file;
  struct stat status {};
  if (!file.is_open() && errno != ELOOP && errno != EISDIR && errno != ENXIO) {
    throw StateFileError(fmt::format("{}: cannot be opened: {}", path, describe(errno)));
  }
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw StateFileError(
        fmt::format("{}: is no regular file, must be one of our own, or none so far", path));
  }
  // What others can write says what they like.
  const bool is_ours = status.st_uid == ::geteuid() || status.st_uid == 0;
  if (!is_ours || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw StateFileError(
        fmt::format("{}: belongs to somebody else, or others may write to it; remove it", path));
  }
  return file;
}

std::size_t checksum(std::string_view bytes) {
  return ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

std::string read(const UniqueFd& file, std::size_t size, const std::string& path) {
  std::string content(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const auto got = ::read(file.get(), content.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw StateFileError(fmt::format("{}: cannot be read: {}", path, describe(errno)));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  content.resize(filled);
  return content;
}

}  // namespace

StateFile::StateFile(std::string path, std::string owner, const Log& log)
    : path_(std::move(path)), owner_(std::move(owner)), log_(log) {
  (void)open_file(path_, O_RDONLY);
  lock();
  try {
    check_replaceable(path_);
  } catch (const std::system_error& error) {
    throw StateFileError(
        fmt::format("{}; its folder must be one that can be written to", error.what()));
  }
}

void StateFile::lock() {
  // Of a file of its own: what is locked has to stay when the state is replaced.
  const auto name = path_ + ".lock";
  lock_ = open_file(name, O_RDWR | O_CREAT);
  if (!lock_.is_open()) {
    throw StateFileError(fmt::format("{}: its folder is missing, and is not made here", path_));
  }
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return;
  throw StateFileError(
      errno == EWOULDBLOCK
          ? fmt::format("{}: is in use by another proctally, each needs a file of its own", path_)
          : fmt::format("{}: cannot be locked: {}", name, describe(errno)));
}

std::string StateFile::head(std::size_t crc, std::size_t size) const {
  return fmt::format("{} {} {:08x} {:016x}\n", kMagic, owner_, crc, size);
}

std::optional<std::string> StateFile::load() {
  const auto file = open_file(path_, O_RDONLY);
  if (!file.is_open()) return std::nullopt;
  struct stat status {};
  (void)::fstat(file.get(), &status);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > kMostBytes) {
    refuse(fmt::format("it is larger than {} MiB", kMostBytes >> 20U));
    return std::nullopt;
  }
  auto content = read(file, size, path_);
  const auto model = head(0, 0);
  const auto whose = kMagic.size() + 1 + owner_.size() + 1;
  const auto first = content.substr(0, model.size());
  const auto state = std::string_view(content).substr(first.size());
  if (!first.starts_with(kMagic)) {
    refuse("it is no state of proctally");
  } else if (first.size() < model.size()) {
    refuse("it is cut off");
  } else if (first.substr(0, whose) != model.substr(0, whose)) {
    refuse("it is of another boot, another host or another pid namespace");
  } else if (first != head(checksum(state), state.size())) {
    refuse("it is damaged: its length or its checksum is another one");
  } else {
    content.erase(0, first.size());
    return content;
  }
  return std::nullopt;
}

void StateFile::refuse(std::string_view why) {
  const auto aside = path_ + ".refused";
  if (std::rename(path_.c_str(), aside.c_str()) != 0) {
    throw StateFileError(fmt::format("{}: cannot be used, {}; and cannot be moved to {}: {}", path_,
                                     why, aside, describe(errno)));
  }
  log_.warning(fmt::format("{}: cannot be used, {}; counters begin anew, and the file is now {}",
                           path_, why, aside));
}

void StateFile::save(const Collector& collector) {
  const auto head_size = head(0, 0).size();
  content_.assign(head_size, ' ');
  collector.save(content_);
  const auto state = std::string_view(content_).substr(head_size);
  content_.replace(0, head_size, head(checksum(state), state.size()));
  try {
    // What a power cut takes is of a boot that is over.
    replace_file(path_, content_, kOwnerOnly);
  } catch (const std::system_error& error) {
    if (std::exchange(is_failing_, true)) return;
    log_.error(
        fmt::format("--state: {}; scans go on, but a restart falls back to what was written last",
                    error.what()));
    return;
  }
  if (std::exchange(is_failing_, false)) {
    log_.info(fmt::format("--state: {} is written again", path_));
  }
}

}  // namespace proctally::plugins
