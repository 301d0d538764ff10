/* Runs a command and writes what it used into a file, as one line: seconds of wall clock, user and
   system time, the peak of the resident set in KiB, and the exit status (128 + signal if killed).

   usage: measure RESULT COMMAND [ARGUMENT...]

   A program of its own because Linux makes the peak of whoever calls exec the first peak of what is
   executed: started from Python, nothing would ever seem to need less than Python does. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double clock_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int count, char **arguments) {
  if (count < 3) {
    fputs("usage: measure RESULT COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  double start = clock_seconds();
  pid_t child = fork();
  if (child < 0) {
    perror("fork");
    return 1;
  }
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    _exit(127);
  }
  int status;
  struct rusage used;
  if (wait4(child, &status, 0, &used) != child) {
    perror("wait4");
    return 1;
  }
  double wall = clock_seconds() - start;
  FILE *result = fopen(arguments[1], "w");
  if (!result) {
    perror(arguments[1]);
    return 1;
  }
  fprintf(result, "%.6f %.6f %.6f %ld %d\n", wall, seconds(used.ru_utime), seconds(used.ru_stime),
          used.ru_maxrss, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  return fclose(result) ? 1 : 0;
}
