#include "memory_settings.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void backtally_keep_little_memory(void) {
#ifdef __GLIBC__
  // Without effect if they fail, which costs memory and nothing else. Blocks from 256 KiB on go back at once.
  (void)mallopt(M_MMAP_THRESHOLD, 256 << 10);
  (void)mallopt(M_ARENA_MAX, 1);
#endif
}
