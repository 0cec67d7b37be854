// rename PROGRAM [ARGUMENT...]: goes on as the program, under the name that the test has for it:
// a link PREFIX_PROGRAM beside this file. `cc -wrapper` has its compiler and assembler run by it.
#include "actor.h"

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const char* const own = arguments[0];
  const char* slash = strrchr(arguments[1], '/');
  const char* name = slash ? slash + 1 : arguments[1];
  char path[4096];
  snprintf(path, sizeof path, "%.*s%s", (int)(role_of(own) - own), own, name);
  arguments[1] = path;
  execv(path, arguments + 1);
  return 4;
}
