// # Rendering: a report as a page
//
// Makes one HTML file of a `Report`: markup, style, script and data, which needs no network and has nothing
// beside it. What the page can be filtered by is in its data, packed (`PageData`); names from the log are
// nowhere else but in the summary for readers without the script, which is escaped (`StaticSummary`).
//
// Takes: a `Report`, best with its `Detail`, and a `Comparison`.
// Gives: the bytes of the file, at most `ReportPage.byteLimit`.
// Limits: what does not fit is told apart less finely (`PageFineness`), which the page says.
// Errors: none.
// May not: read logs, or write files.
// Imported by: backtally, and HubServing for the parts of the page that the hub's pages share.
//
// Where to begin:
//   ReportPage.swift     the file
//   PageData.swift       what the script reads; PageSections.swift the counts, PageHead.swift all else
//   PageFineness.swift   what is given up, step by step
//   StaticSummary.swift  what is there without the script
//   Page/                the markup, the style and the script; scripts/embed-page makes PageAssets.swift of them,
//                        of which PageScripts.swift makes scripts
