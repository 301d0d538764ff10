// All functions are in the header, so that they need no compiler of their own.
#include "checksum.h"
