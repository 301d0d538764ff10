#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

// The memory of buffers with one owner. The C library's, because it moves large blocks by their pages, without
// a copy: for a moment there would be two, which is the most that a run takes.

/// Memory of `byteCount` bytes, from 1, as aligned as any trivial type of up to 16 bytes needs.
@usableFromInline
func allocatedMemory(_ byteCount: Int) -> UnsafeMutableRawPointer {
  // SAFETY: the block is the caller's alone, who gives it back.
  guard let memory = unsafe malloc(byteCount) else { fatalError("out of memory") }
  return unsafe memory
}

/// The same memory with room for `byteCount` bytes, maybe elsewhere; what is in it stays.
@usableFromInline
func grownMemory(
  _ memory: UnsafeMutableRawPointer, _ byteCount: Int
) -> UnsafeMutableRawPointer {
  // SAFETY: the block is one of `allocatedMemory`, and its owner uses what is returned from now on.
  guard let grown = unsafe realloc(memory, byteCount) else { fatalError("out of memory") }
  return unsafe grown
}

@usableFromInline
func releaseMemory(_ memory: UnsafeMutableRawPointer) {
  // SAFETY: the block is one of `allocatedMemory`, and nobody uses it any more.
  unsafe free(memory)
}
