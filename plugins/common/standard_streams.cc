#include "plugins/common/standard_streams.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace proctally::plugins {

void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", O_RDWR);  // Takes the lowest number.
  }
}

void print(const std::string& text) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto size = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) {  // A pipe that its owner made so.
      pollfd stream{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&stream, 1, -1);
      continue;
    }
    if (size < 0) throw std::system_error(errno, std::generic_category(), "stdout");
    rest.remove_prefix(static_cast<std::size_t>(size));
  }
}

}  // namespace proctally::plugins
