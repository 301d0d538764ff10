// # Judging: what differs beyond chance
//
// What can be told from a report: what stands out in it, and how two of them differ. In a log in which nothing
// changes, dozens of endpoints have a p95 that moved by over 20 %: so nothing is ranked by how much it moved, and
// everything is tested.
//
//     Report ─▶ StandsOut ─▶ findings          Report, Report ─▶ Comparing ─▶ comparison
//
// Takes: `Report`, of a log or of what a hub has.
// Gives: `Finding`, `Comparison`; Reporting says them in words.
// Limits: those of `Report`.
// Errors: `Diagnostic`, where a report is too short to be compared.
// May not: read logs, or know where a report comes from.
// Imported by: Analyzing, HubServing, backtally.
//
// Where to begin:
//   StandsOut.swift       gaps; ChangeSearch.swift and ConsumerSearch.swift the other findings
//   Comparing.swift       two reports, endpoint by endpoint
//   Statistics.swift      the tests behind them
