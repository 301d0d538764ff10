// # AccessLogParsing: a line as a record
//
// Knows the formats of access logs: detects the one that a source has, unwraps what collectors have put
// around its lines, and parses each line into an `AccessRecord` or says why it is not one.
//
// Takes: the bytes of a chunk, and a `LogFormat` (from the catalogue, a server's format string, or a
// mapping of JSON keys).
// Gives: `AccessRecord`, whose fields are slices of the chunk: parsing a line allocates nothing.
// Limits: each where it is enforced, the main ones being
//   FormatDetection.sampleLimit       lines that detection examines
//   AccessRecord.capturedLimit        fields captured for rules, request logs and errors
//   JSONLineParser.keyLimit           different keys that a mapping and captures may name
//   JSONLineScanner.nestingLimit      how deeply a skipped JSON value may be nested
//   TextProgram.fieldLimit            values of a text layout
//   ColumnLayout.columnLimit          columns of an extended log file
//   LineWrapping.partsLimit           bytes that wait for the end of a line logged in parts
//   LineWrapping.pairWindow           bytes between the two lines of a request
//   formatStringLimit                 bytes of a format string
// A line takes time proportional to its length, whatever it contains.
// Errors: `LineRejection` with its reason and byte offset; `FormatStringError`, `LineParser.SetupError`
// and `TimestampPattern.PatternError` for what the user configured.
// May not: do I/O, use Foundation, keep state beyond a chunk (except caches whose loss changes
// nothing), or guess a unit or a time zone without evidence.
// Imported by: everything that works with records or formats: Attribution, Tallying, Messaging,
// Configuring, Ingesting, Inspecting, Importing. It imports ByteScanning only.
//
// Where to begin: LogFormat.swift (what a format is), AccessRecord.swift (what a line becomes), then
// LineParser.swift and the parser of one family. To add a text format, add an entry to
// Catalogue/TextFormats.swift and its fixture.
//
//   Records/    what lines become, whatever their format
//     LogFormat            the kinds of formats
//     LineParser           one parser for any of them; the protocol `LineParsing`
//     AccessRecord         a request as logged; `FieldSlice`
//     LineRejection        why a line is not a record
//     FieldMapping         which key supplies which part; units; which moment a timestamp is
//     RecordAssembly       from a parser's values to a record, the same for every format
//     FieldValues          status, size, duration, request line
//     NumberReading        integers and decimals without floating point
//     Unescaping           the escapes of all servers
//     FormatParts, LoggedFields, HeaderEncoding   what can be said about a format's fields
//   Time/       TimestampReading, TimestampPattern (strftime), RecentTimestamps (caches), LocalClock
//   Units/      SettledFormat, UnitElimination: finding a unit that the format does not define
//   Catalogue/  FormatCatalogue and its data: CommonLogFormats, TextFormats, JSONFormats,
//               PairedFormats (requests in two lines)
//   Common/     the common log family: CommonLogLayout, CommonLogParser
//   JSON/       JSONLineParser on JSONLineScanner with its JSONKeyTable; JSONTemplate (format strings
//               that produce JSON); JSONMembers and JSONKeyListing (keys not known beforehand)
//   Text/       TextLayout compiled to a TextProgram, run by TextLineParser; LayoutTemplate (the
//               catalogue's notation); NginxFormatString, ApacheFormatString, FormatStringPieces
//   Columns/    W3C extended logs: ColumnLayout, ColumnLineParser
//   Pairs/      `key=value` lines: PairLineParser
//   Wrapping/   what collectors put around lines: LineWrapping, LineUnwrapper, WrappedLine;
//               PairedLines: requests in two lines
//   Detection/  FormatDetection: which format reads the first lines best. WrappingSearch,
//               DetectionSample, DetectionCandidate (what one format reads), FieldPlausibility (what
//               values have to look like)
