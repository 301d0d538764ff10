// # ByteScanning: bytes in memory
//
// Searching, comparing and hashing spans of bytes, and buffers with a single owner. Every unsafe
// access on the hot path is in this module, each under a `// SAFETY:` line; the parsers above it are
// written in terms of these functions and checked subscripts.
//
// Takes and gives: `Span<UInt8>`, `OwnedBuffer`, offsets and 64-bit words.
// Limits: `ByteTable` holds at most 4 GiB of keys. `ByteWriter` writes only into space that was
// reserved for it, plus `ByteWriter.slack` bytes.
// Errors: none. A violated precondition is a bug of the caller and stops the program where it is
// checked; where it is not, the documentation comment says so.
// May not: do I/O, use Foundation, or know what the bytes mean.
// Imported by: every module that touches the bytes of a log or a message.
//
// Where to begin:
//   Scanning.swift     words and vectors at an offset, searching, hashing
//   Lines.swift        the next line of a chunk
//   OwnedBuffer.swift  the growable buffer that replaces arrays in hot loops
//   TextWriting.swift  appending literals, slices and decimal numbers to it
//   ByteWriter.swift   many small pieces into space reserved once
//   ByteTable.swift    a hash table from byte strings to numbers
