// What the actors of the conservation suite share: CPU clocks, burning CPU, and telling the truth.
// Each actor is one C file, compiled by actors.py when a test needs it.
#pragma once

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// The process CPU clock of any process, which a zombie has too: exact, all its threads.
static inline int64_t cpu_ns(pid_t pid) {
  struct timespec time;
  clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
  if (pid != 0) clock = (clockid_t)((~(unsigned)pid << 3) | 2);
  if (clock_gettime(clock, &time) != 0) return 0;
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static inline int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

// Uses so much CPU, without a system call: asking for a CPU clock would bring the kernel's own
// figures up to date, so that they would be better here than they are for other programs. So it
// is the time on the clock that is counted, less the steps in which somebody else ran.
static inline void burn(int64_t ns) {
  int64_t last = now_ns();
  while (ns > 0) {
    for (volatile int i = 0; i < 2000; ++i) {
    }
    const int64_t now = now_ns();
    if (now - last < 300000) ns -= now - last;
    last = now;
  }
}

// The programs are named PREFIX_ROLE, with a prefix of the test's own; the role is the group.
static inline const char* role_of(const char* path) {
  const char* slash = strrchr(path, '/');
  const char* name = slash ? slash + 1 : path;
  const char* underscore = strchr(name, '_');
  return underscore ? underscore + 1 : name;
}

// A line of the truth: so many processes of the role used so much. Lines of all actors are whole.
static inline void tell(const char* role, int64_t ns, long processes) {
  const char* path = getenv("TRUTH");
  const int file = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
  if (file < 0) abort();
  dprintf(file, "%s %lld %ld\n", role, (long long)ns, processes);
  close(file);
}
