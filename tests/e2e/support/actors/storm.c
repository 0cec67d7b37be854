// storm [--autoreap] [--subreaper] RATE COUNT -- COMMAND... [-- COMMAND...]...
//
// Runs COUNT commands, RATE of them a second (0: as fast as they go), the given ones in turn, and
// ends when all have ended. Each starts at a random moment of its share of the second: at even
// intervals all would meet the kernel's tick in the same phase, and samples taken by it would tell
// half or double of what they used, which no real load does for long. Tells what the processes that
// it started used, by role, each read off its zombie.
// --autoreap: SIGCHLD is ignored, so the kernel reaps, and nothing is known of them.
// --subreaper: orphaned grandchildren come here, and are reaped here.
// --vfork, without commands: the processes are of this program and end at once.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "actor.h"

enum { kCommands = 16, kAtOnce = 64 };

static char** commands[kCommands];
static int64_t used_ns[kCommands];
static long ended[kCommands];
static int command_count;
static struct {
  pid_t pid;
  int command;
} running[kAtOnce];
static int running_count;
static int autoreap;
static int only_vfork;

static pid_t start_command(char** command) {
  posix_spawnattr_t how;
  sigset_t defaults;
  posix_spawnattr_init(&how);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGCHLD);
  posix_spawnattr_setsigdefault(&how, &defaults);
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF);
  pid_t pid;
  while ((errno = posix_spawn(&pid, command[0], NULL, &how, command, environ))) {
    if (errno != EAGAIN) abort();
    usleep(1000);
  }
  posix_spawnattr_destroy(&how);
  return pid;
}

static pid_t start_and_end(void) {
  pid_t pid;
  while ((pid = vfork()) < 0) usleep(1000);
  if (pid == 0) _exit(0);
  return pid;
}

static void start(int command) {
  const pid_t pid = only_vfork ? start_and_end() : start_command(commands[command]);
  if (autoreap) {
    ++ended[command];
  } else {
    running[running_count].pid = pid;
    running[running_count++].command = command;
  }
}

// Reaps one that has ended, or with `flags` 0 waits for one; whether there was one.
static int reap(int flags) {
  siginfo_t child = {.si_pid = 0};
  if (waitid(P_ALL, 0, &child, WEXITED | WNOWAIT | flags) != 0 || child.si_pid == 0) return 0;
  for (int i = 0; i < running_count; ++i) {
    if (running[i].pid != child.si_pid) continue;
    used_ns[running[i].command] += cpu_ns(child.si_pid);
    ++ended[running[i].command];
    running[i] = running[--running_count];
    break;
  }
  waitpid(child.si_pid, NULL, 0);
  return 1;
}

int main(int count, char** arguments) {
  int at = 1;
  for (; at < count && strncmp(arguments[at], "--", 2) == 0; ++at) {
    if (strcmp(arguments[at], "--autoreap") == 0) autoreap = 1;
    if (strcmp(arguments[at], "--vfork") == 0) only_vfork = 1;
    if (strcmp(arguments[at], "--subreaper") == 0) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  }
  if (autoreap) signal(SIGCHLD, SIG_IGN);
  if (at + (only_vfork ? 2 : 4) > count) return 2;
  const long rate = atol(arguments[at++]);
  const long total = atol(arguments[at++]);
  for (; at < count; ++at) {
    if (strcmp(arguments[at], "--") != 0) continue;
    if (command_count == kCommands) return 2;
    arguments[at] = NULL;
    commands[command_count++] = arguments + at + 1;
  }

  if (only_vfork) commands[command_count++] = arguments;

  const int64_t begin = now_ns();
  srand48((long)begin);
  for (long i = 0; i < total; ++i) {
    while (reap(WNOHANG)) {
    }
    while (running_count == kAtOnce || (rate == 0 && running_count >= 2)) reap(0);
    if (rate > 0) {
      const int64_t due = begin + (int64_t)((i + drand48()) * 1e9 / rate);
      const struct timespec until = {due / 1000000000, due % 1000000000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    start((int)(i % command_count));
  }
  if (autoreap) {
    while (waitpid(-1, NULL, 0) != -1 || errno == EINTR) {
    }
  } else {
    while (reap(0)) {
    }
  }
  tell("(spawning)", now_ns() - begin, 0);
  for (int i = 0; i < command_count; ++i) tell(role_of(commands[i][0]), used_ns[i], ended[i]);
  return 0;
}
