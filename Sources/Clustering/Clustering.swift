// # Clustering: tallies as rows, for many machines
//
// What one machine holds in a table, many machines hand to each other as rows: a JSON object a line, sortable
// by bucket and separable by source. Nothing here reads logs, knows a ledger or sends.
//
//     tally ─▶ rows of tallies ──────────────────────▶ Merging ─▶ messages, part by part ─▶ Manifest
//          └─▶ rows of sources ─▶ Admission ─▶ AdmittedFile ─┘
//
// - `Rows/`: how rows are spelled. `RowCursor` accepts one spelling only, ours; `RowFiles` is where they are
//   read and written; `RowSpool` keeps those of a source until its end says what it goes by.
// - `Admitting/`: `Admission` decides, once for the whole job, which sources count; `AdmittedFile` is what it
//   hands on, `Manifest` what makes a folder of messages complete.
// - `Merging/`: `Merging` adds up one bucket after another. Messages are a function of the set of rows:
//   their UUIDs hold what is in them.
//
// ## On disk
//
// `docs/CLUSTER.md` describes the stream of tallies (version 1), the file of what was admitted and the
// folder of messages.
//
// ## Limits
//
// - `RowLimits.row`: bytes of a row with more than one item. `RowInput.lineLimit`: the longest row that is
//   read.
// - `RowSpool.memoryLimit`: bytes of one source's rows in memory; more go to a temporary file.
// - `Admission.Options.inferredLimit`: templates of a job; more of them are refused, since which would be
//   counted together depended on how the job is split.
// - Merging holds one bucket: some 220 bytes a key.
//
// ## Errors
//
// A row that is not spelled as it is written ends the command, with its number and the byte. Nothing is
// skipped or mended.
//
// ## Who may import it
//
// `Importing`, which has the state directory and the observers.
