#include "memory_settings.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void backtally_return_large_blocks(void) {
#ifdef __GLIBC__
  // Without effect if it fails, which costs memory and nothing else.
  (void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
}

void backtally_share_heap(void) {
#ifdef __GLIBC__
  (void)mallopt(M_ARENA_MAX, 1);
#endif
}
