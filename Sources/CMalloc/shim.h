// The C library's allocator, of which Swift's own module has no more than malloc and free.
#include <malloc.h>
