// # Analyzing: what is in a log
//
// A `TallySink` that makes a `Report` of what a reading counts.
//
//     requests ─▶ ReportBuilder (one a worker) ─▶ Report ─▶ findings, comparison (Judging)
//
// Requests are added up while they are read. As tallies come those of templates that are settled late, and all
// that a live view shows.
//
// Takes: sources and settings (`AnalysisOptions`), or reports as JSON.
// Gives: `AnalysisOutcome`: the report, and the exit status. How it is shown is the business of Reporting.
// Limits: those of `Report`. Memory follows the names in a log, not its lines.
// Errors: `Diagnostic`.
// May not: store, send or print anything.
// Imported by: backtally.
//
// Where to begin:
//   AnalysisRun.swift     from the names of files to the report
//   ReportCollector.swift the sink
//   ReportBuilder.swift   adds requests up, by the numbers of their names; ReportLimits.swift keeps that small,
//                         ReportMaking.swift makes the report of it
//   FigureRows.swift      the figures of many owners; CountLists.swift holds their counts
//   DetailBuilder.swift   what a page needs beside
//   ApdexCounting.swift   counts by thresholds that are no bounds of bins
//   Selection.swift       which requests the report is of
//   ReportReading.swift   reports that were written as JSON
