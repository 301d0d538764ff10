#include "returning.h"

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
