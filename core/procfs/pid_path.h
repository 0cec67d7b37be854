#pragma once

#include <sys/types.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/procfs/proc_reader.h"

namespace proctally::procfs {

/// "PID/file" or "PID/task/TID/file", relative to the root of a procfs, without an allocation.
class PidPath {
 public:
  PidPath(TaskPath task, std::string_view file) {
    append(task.pid);
    if (task.tid != 0) {
      append("/task/");
      append(task.tid);
    }
    append("/");
    append(file);
    *end_ = '\0';
  }
  PidPath(const PidPath&) = delete;
  PidPath& operator=(const PidPath&) = delete;

  [[nodiscard]] const char* c_str() const { return text_.data(); }

 private:
  void append(pid_t number) { end_ = std::to_chars(end_, text_.data() + text_.size(), number).ptr; }
  void append(std::string_view text) { end_ = std::copy(text.begin(), text.end(), end_); }

  std::array<char, 64> text_{};  ///< Two numbers of 10 digits, "/task/", "/" and 12 for the file.
  char* end_ = text_.data();
};

}  // namespace proctally::procfs
