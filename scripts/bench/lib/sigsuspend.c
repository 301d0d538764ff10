/* Stands before libc's sigsuspend (LD_PRELOAD), so that a Swift program runs under valgrind 3.19.

   Where a program's main is async, libdispatch parks the first thread in sigsuspend with a mask in
   read-only memory. Valgrind's wrapper of the system call takes signals of its own out of the mask
   in place, and dies of it; here it gets a copy. */
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
  sigset_t copy = *mask;
  return syscall(SYS_rt_sigsuspend, &copy, 8);
}
