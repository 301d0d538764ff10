// CMemory: how the C library keeps memory. Swift does not see its settings.
//
// May not: contain anything that Swift can express.
// Imported by: the program, and nothing else.

#pragma once

/// Has the C library keep little of what is given back, for the rest of the process; to be called before there
/// are other threads.
///
/// Otherwise glibc keeps blocks of up to the largest size that was ever given back (mallopt(3), "dynamic mmap
/// threshold"), and for each thread a heap of its own. Tables grow out of each other, so that half as much again as is in
/// use would be kept, and what is left over in the heaps comes to a tenth of what an import of a hundred
/// thousand files takes. Other C libraries do without both.
void backtally_keep_little_memory(void);
