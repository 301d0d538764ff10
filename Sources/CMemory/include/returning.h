// CMemory: what the C library does with memory that is given back. Swift does not see its settings.
//
// May not: contain anything that Swift can express.
// Imported by: Analyzing, and nothing else.

#pragma once

/// Has blocks from 1 MiB on go back to the system as soon as they are no longer used, for the rest of the
/// process.
///
/// Otherwise glibc keeps blocks of up to the largest size that was ever given back (mallopt(3), "dynamic mmap
/// threshold"). The tables of a report grow out of each other, and half as much again as is in use would be
/// kept. Other C libraries do so anyway.
void backtally_return_large_blocks(void);
