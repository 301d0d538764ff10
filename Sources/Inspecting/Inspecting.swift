// # Inspecting: what logs hold, for a person to look at
//
// The reading half of an import, without counting: sources are read from their beginnings, one after
// another and by one thread, through the same plans, parsers and attribution (`Ingesting`). So what it
// says is what an import will count, and a test holds the one against the other.
//
// - `InspectionRun` is `backtally inspect`. `InspectionStage` hands lines to a `FormatInspector` for each
//   format, which gathers; `FormatFindings.swift` makes of that what is reported; `ConfigurationDraft` is
//   the configuration that imports as was shown, and `DraftFile` where it goes.
// - `RouteDraftRun` is `backtally routes`. A `RouteCollector` counts requests by route, or surveys the paths
//   of those that have none.
// - `SourceSample` reads, up to `SampleLimit`.
//
// ## Limits
//
// - `SampleLimit.lines`, `SampleLimit.bytes`: of each source, unless all of it is asked for.
// - `InspectionStage.formatLimit`: formats that are looked at; lines of further ones are passed over.
// - `FieldSurvey.fieldLimit`, `FieldSurvey.distinctLimit`: fields, and values of a field that are told apart.
// - `FormatInspector.durationLimit`: durations that are kept for their quantiles.
//
// ## Who may import it
//
// The commands only. It asks no ledger, sends nothing, and writes no file but the drafted configuration.
