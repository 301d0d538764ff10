// # Reporting: results as text and JSON
//
// Turns what a run found or did into text for people and JSON for programs: the closing summary,
// `analyze`, `inspect`, drafted routes, `status` and the progress line.
//
// Takes: plain values that say what happened (`ImportSummary`, `Inspection`, `RouteDraft`,
// `StatusSummary`). They are filled in elsewhere: what happened is kept apart from what to say.
// Gives: strings. The keys of the JSON are documented and do not change; the text may.
// Limits: tables fit `TextStyle.width`; lists show the most frequent items and say how many more
// there are (`RouteDraft.shownLimit`).
// Errors: none.
// May not: read logs, print, or write a character that a terminal would act on (texts from logs go
// through `terminalSafe`). A value of a secret field never gets here.
// Imported by: Judging, Rendering, HubServing, Analyzing, Inspecting, Importing, backtally. It imports Diagnostics only.
//
// Where to begin:
//   ImportSummary.swift   the closing summary of an import
//   Inspection.swift      the findings of `inspect`; InspectionText.swift, ClockText.swift and
//                         InspectionJSON.swift present them, LogAdvice.swift says how to log more
//   RouteDraft.swift      a drafted list of routes, as YAML
//   StatusSummary.swift   what the state directory contains, as JSON; StatusText.swift says it to people
//   Watching/             the same for machines that watch: StatusCheck.swift judges it, StatusMetrics.swift
//                         is for Prometheus, LogLine.swift is how diagnostics look in a log
//   Report/               the report of `analyze`: Report.swift is the value, TerminalReport.swift,
//                         ReportJSON.swift and ReportCSV.swift present it, Finding.swift and
//                         Comparison.swift say what differs
//   AlertText.swift       what alert rules come to, as a table
//   ProgressLine.swift    the line that a terminal shows during a run
//   TextLayout.swift      columns, wrapping, tables
//   JSONText.swift, YAMLWriting.swift   quoting
