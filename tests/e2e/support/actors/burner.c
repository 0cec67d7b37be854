// burner MILLISECONDS [tell]
//   burns so much CPU; tells of it if asked to.
// burner threads RATE COUNT MICROSECONDS
//   starts and joins COUNT threads, RATE a second, each burning so much.
// burner chain MILLISECONDS [stop] NAME...
//   burns, stops itself if asked to, and goes on as the first NAME by exec; tells what each name
//   used.
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "actor.h"

static void* thread_main(void* us) {
  burn((intptr_t)us * 1000);
  return NULL;
}

static int threads(long rate, long count, long us) {
  const int64_t begin = now_ns();
  for (long i = 0; i < count; ++i) {
    const int64_t due = begin + (int64_t)((i + drand48()) * 1e9 / rate);
    const struct timespec until = {due / 1000000000, due % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, thread_main, (void*)(intptr_t)us) != 0) return 3;
    pthread_join(thread, NULL);
  }
  return 0;
}

// CPU before an exec is the old name's and after it the new name's; the clock goes on counting.
static int chain(char** arguments) {
  const char* before = getenv("CHAIN_NS");
  const int64_t ns_before = before ? atoll(before) : 0;
  const int stops = arguments[3] && strcmp(arguments[3], "stop") == 0;
  char** names = arguments + (stops ? 4 : 3);
  burn(atol(arguments[2]) * 1000000);
  char sum[32];
  const int64_t ns = cpu_ns(0);
  snprintf(sum, sizeof sum, "%lld", (long long)ns);
  tell(role_of(arguments[0]), ns - ns_before, 0);
  if (stops) raise(SIGSTOP);
  if (!*names) return 0;
  setenv("CHAIN_NS", sum, 1);
  char* next[32] = {*names, arguments[1], arguments[2]};
  int at = 3;
  if (stops) next[at++] = arguments[3];
  for (++names; *names && at < 31; ++names) next[at++] = *names;
  execv(next[0], next);
  return 4;
}

int main(int count, char** arguments) {
  if (count < 2) return 2;
  if (strcmp(arguments[1], "threads") == 0) {
    return threads(atol(arguments[2]), atol(arguments[3]), atol(arguments[4]));
  }
  if (strcmp(arguments[1], "chain") == 0) return chain(arguments);
  burn(atol(arguments[1]) * 1000000);
  if (count > 2) tell(role_of(arguments[0]), cpu_ns(0), 1);
  return 0;
}
