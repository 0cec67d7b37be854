#include "tests/plugins/exec/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>

namespace proctally::test {
namespace {

constexpr std::string_view kSelf = "proctally_self";

struct Ends {
  UniqueFd read;
  UniqueFd write;
};

Ends make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends make_sockets() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    throw std::runtime_error("socketpair");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends make_output(Program::Output kind) {
  auto ends = kind == Program::Output::socket ? make_sockets() : make_pipe();
  if (kind == Program::Output::pipe_without_reader) ends.read.reset();
  if (kind == Program::Output::full_disk) {
    ends.write.reset(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  }
  return ends;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

void read_some(UniqueFd& fd, std::string& text) {
  std::array<char, 65536> bytes{};
  const auto size = ::read(fd.get(), bytes.data(), bytes.size());
  if (size > 0) {
    text.append(bytes.data(), static_cast<std::size_t>(size));
  } else if (size == 0 || errno != EINTR) {
    fd.reset();
  }
}

}  // namespace

Program::Program(const Start& start) {
  (void)::signal(SIGPIPE, SIG_IGN);
  auto input = make_pipe();
  auto output = make_output(start.output);
  auto log = make_pipe();
  if (::write(input.write.get(), start.input.data(), start.input.size()) !=
      static_cast<ssize_t>(start.input.size())) {
    throw std::runtime_error("write");
  }
  std::vector<std::string> arguments = {PROCTALLY_EXEC};
  arguments.insert(arguments.end(), start.arguments.begin(), start.arguments.end());
  auto environment = start.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("HOST_PROC=")) environment.emplace_back(*entry);
  }
  const auto argument_pointers = pointers_to(arguments);
  const auto environment_pointers = pointers_to(environment);

  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork");
  if (pid_ == 0) {
    ::dup2(input.read.get(), STDIN_FILENO);
    ::dup2(output.write.get(), STDOUT_FILENO);
    ::dup2(log.write.get(), STDERR_FILENO);
    for (const int fd : start.closed) ::close(fd);
    (void)::signal(SIGPIPE, SIG_DFL);
    ::execve(PROCTALLY_EXEC, argument_pointers.data(), environment_pointers.data());
    ::_exit(127);
  }
  stdin_ = std::move(input.write);
  stdout_ = std::move(output.read);
  stderr_ = std::move(log.read);
}

Program::~Program() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Program::type(std::string_view text) {
  (void)!::write(stdin_.get(), text.data(), text.size());
}

void Program::signal(int number) const { ::kill(pid_, number); }

bool Program::read_until(const std::function<bool()>& is_enough) {
  constexpr int kMostMs = 60'000;
  while (!is_enough()) {
    std::array<pollfd, 2> streams = {{{stdout_.get(), POLLIN, 0}, {stderr_.get(), POLLIN, 0}}};
    if (!stdout_.is_open() && !stderr_.is_open()) return false;
    if (::poll(streams.data(), streams.size(), kMostMs) == 0) return false;
    if (streams[0].revents != 0) read_some(stdout_, output_);
    if (streams[1].revents != 0) read_some(stderr_, log_);
  }
  return true;
}

bool Program::wait_for_batches(std::size_t count) {
  return read_until([&] { return output_.ends_with('\n') && batches().size() >= count; });
}

bool Program::wait_for_log(std::string_view text) {
  return read_until([&] { return log_.find(text) != std::string::npos; });
}

int Program::finish() {
  (void)read_until([] { return false; });
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

std::vector<Program::Batch> Program::batches() const {
  std::vector<Batch> all;
  Batch current;
  for (auto& line : support::parse_line_protocol(output_)) {
    const bool is_last = line.measurement == kSelf;
    current.push_back(std::move(line));
    if (!is_last) continue;
    all.push_back(std::move(current));
    current.clear();
  }
  if (!current.empty()) throw std::runtime_error("a batch without its end");
  return all;
}

std::int64_t self_field(const Program::Batch& batch, std::string_view name) {
  for (const auto& [key, value] : batch.back().fields) {
    if (key == name) return std::get<std::int64_t>(value);
  }
  return -1;
}

}  // namespace proctally::test
