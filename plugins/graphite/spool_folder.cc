#include "plugins/graphite/spool_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace proctally::plugins::graphite {
namespace {

constexpr const char* kLock = "lock";
constexpr const char* kPosition = "position";
constexpr const char* kNewPosition = "position.new";
constexpr std::string_view kSuffix = ".spool";
constexpr std::size_t kDigits = 20;
constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

std::optional<std::uint64_t> parse_digits(std::string_view digits) {
  std::uint64_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::string segment_name(const SpoolPlace& first) {
  return fmt::format("{:020}-{:020}{}", first.id, first.line, kSuffix);
}

std::optional<SpoolPlace> parse_segment_name(const std::string& name) {
  if (name.size() != 2 * kDigits + 1 + kSuffix.size()) return std::nullopt;
  const std::string_view digits = name;
  const auto id = parse_digits(digits.substr(0, kDigits));
  const auto line = parse_digits(digits.substr(kDigits + 1, kDigits));
  if (!id || !line) return std::nullopt;
  const SpoolPlace place{.id = *id, .line = *line};
  if (segment_name(place) != name) return std::nullopt;
  return place;
}

std::variant<SpoolFolder, DiskError> SpoolFolder::open(const std::string& path, FileOps& ops) {
  SpoolFolder folder(path, ops);
  if (auto error = folder.open_and_lock()) return std::move(*error);
  return folder;
}

std::optional<DiskError> SpoolFolder::open_and_lock() {
  const auto made = ops_->make_folder(path_, kFolderMode);
  if (made < 0 && made != -EEXIST) return error(made, "make the folder", "");
  const auto dir = ops_->open_folder(path_);
  if (dir < 0) return error(dir, "open the folder", "");
  dir_.reset(dir);
  if (auto error = sync_name_of_folder()) {
    // Where it was there before, all was done that can be: we may have no right to read its parent.
    if (made == 0) return error;
  }
  struct stat status {};
  if (const auto result = ops_->status(dir, status); result < 0)
    return error(result, "look at", "");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return DiskError{.code = EPERM,
                     .message = fmt::format("cannot use {}: others may write to it (mode {:04o}); "
                                            "give it mode 0700",
                                            path_, status.st_mode & 07777U)};
  }
  const auto user = ::geteuid();
  if (status.st_uid != user && status.st_uid != 0 && user != 0) {
    return DiskError{.code = EPERM,
                     .message = fmt::format("cannot use {}: it belongs to the user {}, not to {}",
                                            path_, status.st_uid, user)};
  }
  const auto lock = ops_->open(dir, kLock, O_RDWR | O_CREAT, kFileMode);
  if (lock < 0) return error(lock, "open", kLock);
  lock_.reset(lock);
  const auto locked = ops_->lock(lock);
  if (locked == -EWOULDBLOCK) {
    return DiskError{.code = EWOULDBLOCK,
                     .message = fmt::format("cannot use {}: another process uses it", path_)};
  }
  if (locked < 0) return error(locked, "lock", kLock);
  return std::nullopt;
}

std::optional<DiskError> SpoolFolder::sync_name_of_folder() const {
  const auto opened = ops_->open_folder(path_ + "/..");
  if (opened < 0) return error(opened, "open the folder above", "");
  const UniqueFd parent(opened);
  const auto result = ops_->sync_folder(opened);
  if (result < 0) return error(result, "sync the folder above", "");
  return std::nullopt;
}

std::variant<std::vector<SpoolPlace>, DiskError> SpoolFolder::segments() const {
  std::vector<std::string> names;
  if (const auto result = ops_->list(dir_.get(), names); result < 0) {
    return error(result, "list the files of", "");
  }
  std::vector<SpoolPlace> places;
  for (const auto& name : names) {
    if (const auto place = parse_segment_name(name)) places.push_back(*place);
  }
  std::ranges::sort(places, {}, [](const SpoolPlace& place) {
    return std::pair{place.id, place.line};
  });
  return places;
}

std::variant<UniqueFd, DiskError> SpoolFolder::open_segment(const SpoolPlace& first,
                                                            int flags) const {
  const auto name = segment_name(first);
  // What is in the way of a segment may be a FIFO: it must not hold us up.
  const auto result = ops_->open(dir_.get(), name, O_NONBLOCK | flags, kFileMode);
  if (result < 0) return error(result, "open", name);
  UniqueFd fd(result);
  struct stat status {};
  if (const auto looked = ops_->status(result, status); looked < 0) {
    return error(looked, "look at", name);
  }
  if (!S_ISREG(status.st_mode)) return error(-EINVAL, "use what is no regular file:", name);
  return fd;
}

std::optional<DiskError> SpoolFolder::remove_segment(const SpoolPlace& first) const {
  const auto name = segment_name(first);
  const auto result = ops_->remove(dir_.get(), name);
  // Someone has done it already.
  if (result < 0 && result != -ENOENT) return error(result, "remove", name);
  return std::nullopt;
}

std::variant<SpoolFolder::SavedPosition, DiskError> SpoolFolder::load_position() const {
  const auto result = ops_->open(dir_.get(), kPosition, O_RDONLY | O_NONBLOCK, 0);
  if (result == -ENOENT) return SavedPosition{};
  if (result < 0) return error(result, "open", kPosition);
  const UniqueFd fd(result);
  struct stat status {};
  if (const auto looked = ops_->status(result, status); looked < 0) {
    return error(looked, "look at", kPosition);
  }
  SavedPosition saved{.is_damaged = true, .bytes = static_cast<std::uint64_t>(status.st_size)};
  if (saved.bytes != kPositionBytes) return saved;
  std::array<char, kPositionBytes> bytes{};
  if (const auto read = read_fully(*ops_, result, bytes.data(), bytes.size(), 0); read < 0) {
    return error(read, "read", kPosition);
  }
  saved.place = decode_position({bytes.data(), bytes.size()});
  saved.is_damaged = !saved.place;
  return saved;
}

std::optional<DiskError> SpoolFolder::save_position(const SpoolPlace& place) const {
  const auto opened =
      ops_->open(dir_.get(), kNewPosition, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, kFileMode);
  if (opened < 0) return error(opened, "open", kNewPosition);
  const UniqueFd fd(opened);
  auto result = write_fully(*ops_, opened, encode_position(place), 0);
  if (result < 0) return error(result, "write", kNewPosition);
  // Before the rename, or a power cut may leave the name with nothing behind it.
  result = ops_->sync_data(opened);
  if (result < 0) return error(result, "sync", kNewPosition);
  result = ops_->rename(dir_.get(), kNewPosition, kPosition);
  if (result < 0) return error(result, "replace", kPosition);
  return sync();
}

std::optional<DiskError> SpoolFolder::sync() const {
  const auto result = ops_->sync_folder(dir_.get());
  if (result < 0) return error(result, "sync the folder", "");
  return std::nullopt;
}

DiskError SpoolFolder::error(std::int64_t result, const std::string& what,
                             const std::string& file) const {
  const auto code = static_cast<int>(-result);
  return {.code = code,
          .message = fmt::format("cannot {} {}{}{}: {}", what, path_, file.empty() ? "" : "/", file,
                                 std::generic_category().message(code))};
}

}  // namespace proctally::plugins::graphite
