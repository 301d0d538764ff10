// # LogReading: files and pipes as chunks of whole lines
//
// Expands what the user named into a list of files, opens each, inflates it if it is gzip, and cuts it
// into chunks that end with a line. A chunk is the unit of work of a run.
//
// Takes: paths, globs, `-` for standard input; optionally the position to resume from.
// Gives: `Chunk`, in order, each with its offset in the uncompressed source.
// Limits:
//   SourceReader.lineLimit    the longest line that is kept; a longer one becomes a placeholder chunk
//   SourceReader.patience     how long a silent pipe is waited for before an empty chunk is returned
//   ChunkPool.targetSize      the size of a chunk; only lines that wait for others make it larger
//   DecodedStream.stepSize    how much is inflated at a time, whatever a gzip bomb claims to contain
// Errors: `ReadingError`, with the offset in the file. It is thrown after the whole lines before the
// failure have been passed on; a partial line before it is dropped.
// May not: know what a line means, decide what to read, or write anything.
// Imported by: Ingesting, Inspecting, Importing.
//
// Where to begin:
//   SourceReader.swift   a source as chunks: carrying partial lines over, skipping, giving back
//   DecodedStream.swift  the content of a file: plain or gzip, byte-order marks, padding
//   Inflater.swift       gzip members with libz; GzipChecksum.swift checks their content
//   OpenFile.swift       a file descriptor: one wrapper per system call
//   FileStamp.swift      a file's identity and state, to recognize one that has not changed
//   InputList.swift      globs, duplicates, names that match nothing
//   Chunk.swift          the unit of work; ChunkPool.swift reuses them
