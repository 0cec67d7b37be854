#include "plugins/common/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/unique_fd.h"

namespace proctally::plugins {
namespace {

[[noreturn]] void fail(const std::string& path, int code) {
  throw std::system_error(code, std::generic_category(), path);
}

/// The new content, until it has the name of the old one.
class Draft {
 public:
  // node_exporter reads what ends in .prom, and must not find this.
  explicit Draft(const std::string& path) : name_(path + ".tmp") {
    if (::unlink(name_.c_str()) != 0 && errno != ENOENT) fail(name_, errno);
    constexpr int kNew = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file_.reset(::open(name_.c_str(), kNew, S_IRUSR | S_IWUSR));
    if (!file_.is_open()) fail(name_, errno);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!is_published_) ::unlink(name_.c_str());
  }

  void write(std::string_view content) {
    while (!content.empty()) {
      const auto size = ::write(file_.get(), content.data(), content.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) fail(name_, errno);
      content.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  void set_mode(mode_t mode) {
    if (::fchmod(file_.get(), mode) != 0) fail(name_, errno);
  }
  void publish(const std::string& path) {
    // What a network file system could not write it says here.
    if (::close(file_.release()) != 0 && errno != EINTR) fail(name_, errno);
    if (std::rename(name_.c_str(), path.c_str()) != 0) fail(path, errno);
    is_published_ = true;
  }

 private:
  std::string name_;
  UniqueFd file_;
  bool is_published_ = false;
};

}  // namespace

void replace_file(const std::string& path, std::string_view content, mode_t mode) {
  Draft draft(path);
  draft.write(content);
  draft.set_mode(mode);
  draft.publish(path);
}

void check_replaceable(const std::string& path) {
  struct stat status {};
  const bool is_there = ::lstat(path.c_str(), &status) == 0;
  if (is_there && S_ISDIR(status.st_mode)) fail(path, EISDIR);
  // A device, a pipe or a link that somebody relies on would be gone.
  if (is_there && !S_ISREG(status.st_mode)) {
    throw std::system_error(EINVAL, std::generic_category(), path + " is no regular file");
  }
  const Draft draft(path);
}

}  // namespace proctally::plugins
