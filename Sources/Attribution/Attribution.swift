// # Attribution: whom and what a record is counted for
//
// Finds the consumer, the method and the route template of a record, or why it is left out. Also reads
// the files that known routes and consumers' names come from, and drafts routes from a log's paths.
//
// Takes: `AccessRecord` with its bytes, and the `AttributionRules` of a run.
// Gives: `AttributionOutcome`: numbers into the run's `NameTable`s, which all workers share.
// Limits:
//   AttributionRules.fieldLimit           fields that rules may use
//   RunNames.consumerLimit, .methodLimit  names of a run; beyond them, no consumer and `_OTHER`
//   RouteRules.inferredLimit              templates folded from paths; beyond it, one for all
//   RunNames.doubtfulLimit, .strayLimit   templates that further lines have to confirm
//   RouteList.maximumRouteCount, .maximumByteCount, OpenAPIDocument.maximumByteCount,
//   ConsumerNames.maximumByteCount        what the user's files may contain
//   ConsumerFinder.rememberedLimit, FilterMatcher.rememberedLimit
//                                         results remembered per distinct value
//   Pattern.valueLimit, .memoryLimit, PatternSyntax.repetitionLimit
//                                         bytes that patterns search and take; their repetitions
//   PathFolder.templateLimit              bytes of a folded path
//   PathSurvey.nodeLimit                  positions in the tree of a log's paths
// Hash tables over names that clients choose are seeded, so collisions cannot be chosen.
// Errors: `PatternError`; `RouteListError`, `OpenAPIError` and `ConsumerNamesError`, with lines.
// May not: do I/O (files arrive as bytes), read a clock, or put a value of the log into an error.
// Imported by: Tallying, Messaging, Configuring, Ingesting, Inspecting, Importing.
//
// Where to begin: Attributor.swift.
//
//   AttributionRules    what the configuration decides
//   AttributionOutcome  the result: counted or left out
//   RunNames, NameTable the numbered names of a run
//   MethodFinder        methods
//   Consumers/  ConsumerRule, ConsumerFinder; ConsumerDetails (names in the log), ConsumerNames (a
//               file of them)
//   Routes/     RouteFinder over RouteTrie and RoutePattern; KnownRoute, RouteListReading,
//               OpenAPIRoutes, OpenAPIText, YAMLText; RequestPath decodes a target's path
//   Folding/    PathFolding turns identifiers into placeholders; FoldedSegment and SegmentForm
//               classify segments, FoldedPaths remembers results; ProvisionalTemplates decides what
//               one line cannot
//   Survey/     PathSurvey, PathFoldingEvidence, SurveyedRoutes: routes drafted from a log
//   Patterns/   Pattern searches in linear time, GroupSearch takes out groups; PatternSyntax makes what
//               users write into RE2's
//   Filters/    RecordFilter, FilterMatching, RequestLogRules, SecretFields
