// # LogReading: files and pipes as chunks of whole lines
//
// Expands what the user named into a list of files, opens each, decompresses it, makes it into lines of
// UTF-8 if it is something else, and cuts it into chunks that end with a line. A chunk is the unit of work
// of a run.
//
// Takes: paths, globs, `-` for standard input; optionally the position to resume from.
// Gives: `Chunk`, in order, each with its offset in the source as it is after that.
// Limits:
//   SourceReader.lineLimit    the longest line that is kept; a longer one becomes a placeholder chunk
//   SourceReader.patience     how long a silent pipe is waited for before an empty chunk is returned
//   ChunkPool.targetSize      the size of a chunk; only lines that wait for others make it larger
//   RawStream.stepSize    how much is decompressed at a time, whatever a bomb claims to contain
//   ZstdDecompressor.windowLimit, XZDecompressor.memoryLimit   what a stream may ask for
//   ContentConversion.beginningLimit   how much is looked at to tell what a file is
//   JSONFlattening.recordLimit         the longest record of a JSON document that is kept
// Errors: `ReadingError`, with the offset in the file. It is thrown after the whole lines before the
// failure have been passed on; a partial line before it is dropped.
// May not: know what a line means, decide what to read, or write anything.
// Imported by: Ingesting, Inspecting, Importing.
//
// Where to begin:
//   SourceReader.swift   a source as chunks: carrying partial lines over, skipping, giving back
//   DecodedStream.swift  the content of a file: plain or compressed, converted, padding
//   Decompressing/       Compression, and a Decompressor for each: Inflater (gzip members with libz;
//                        GzipChecksum checks their content), ZstdDecompressor, XZDecompressor,
//                        Bzip2Decompressor
//   Converting/          ContentConversion, which tells what content is that is no lines of UTF-8, and
//                        has it made into some: UTF16Decoder, JSONFlattening, DelimitedRows
//   OpenFile.swift       a file descriptor: one wrapper per system call
//   FileStamp.swift      a file's identity and state, to recognize one that has not changed
//   InputList.swift      globs, duplicates, names that match nothing
//   Chunk.swift          the unit of work; ChunkPool.swift reuses them
