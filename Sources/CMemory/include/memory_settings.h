// CMemory: how the C library keeps memory. Swift does not see its settings.
//
// May not: contain anything that Swift can express.
// Imported by: Analyzing and the program, and nothing else.

#pragma once

/// Has blocks from 1 MiB on go back to the system as soon as they are no longer used, for the rest of the
/// process.
///
/// Otherwise glibc keeps blocks of up to the largest size that was ever given back (mallopt(3), "dynamic mmap
/// threshold"). The tables of a report grow out of each other, and half as much again as is in use would be
/// kept. Other C libraries do so anyway.
void backtally_return_large_blocks(void);

/// Has all threads take memory from one heap, for the rest of the process; to be called before there are any.
///
/// They take little while they are busy, and what is left over in a heap of each comes to a tenth of what an
/// import of a hundred thousand files takes.
void backtally_share_heap(void);
