// # Compressing: what this program packs itself, and unpacks
//
// Takes: bytes in memory. Gives: a gzip file or a deflate stream of them, and the other way round. Logs, which may
// be of any size and anything, are LogReading's.
// Limits: whoever unpacks says how much. What is packed takes as much memory as it has bytes, and each compressor
// a quarter of a megabyte to half of one.
// Errors: `InflationError`. Without memory to pack, the program stops.
// May not: know what the bytes are.
// Imported by: Messaging, HubServing, Importing and Rendering.
//
// Where to begin:
//   FastGzip.swift     gzip by ISA-L, where speed is worth more than the last bytes
//   GzipStream.swift   gzip by libz, in pieces
//   Deflating.swift    raw deflate by libz, for pages
//   Inflating.swift    gzip back to what it was, up to a limit
