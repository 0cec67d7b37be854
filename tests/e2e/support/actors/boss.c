// boss CGROUP PROGRAM [ARGUMENT...]: enters the cgroup, says "ready", waits for a line, runs the
// program and reaps it, says "done STATUS", and stays until stdin ends.
//
// It is the parent whose cutime the program's end goes to. The cgroup is its too, and it lives from
// before the first scan till after the last: nothing that the cgroup used can miss the accounts by
// being reaped by somebody who is in no account.
#define _GNU_SOURCE
#include <spawn.h>
#include <sys/wait.h>

#include "actor.h"

static void say(const char* what, int status) {
  dprintf(STDOUT_FILENO, "%s %d %lld\n", what, status, (long long)cpu_ns(0));
}

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const int cgroup = open(arguments[1], O_WRONLY | O_CLOEXEC);
  if (cgroup < 0 || write(cgroup, "0", 1) != 1) return 3;
  close(cgroup);
  const char* const role = role_of(arguments[2]);
  char line;
  say("ready", 0);
  if (read(STDIN_FILENO, &line, 1) != 1) return 4;

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child;
  if (posix_spawn(&child, arguments[2], &files, NULL, arguments + 2, environ) != 0) return 5;
  siginfo_t ended;
  if (waitid(P_PID, child, &ended, WEXITED | WNOWAIT) != 0) return 6;
  tell(role, cpu_ns(child), 1);
  waitpid(child, NULL, 0);
  say("done", ended.si_code == CLD_EXITED ? ended.si_status : 1000 + ended.si_status);
  while (read(STDIN_FILENO, &line, 1) == 1) {
  }
  return 0;
}
