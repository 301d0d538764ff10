// # Importing: from tallies to messages on a hub
//
// One sink of a reading among several, with what makes it an import: messages, an outbox that survives
// crashes, a ledger that knows what was read before, and delivery.
//
//     Ingestion ─▶ HubMessageWriter ─▶ MessageSink ─▶ OutboxDatabase ─▶ HubDelivery ─▶ hub
//                  (a TallySink)       OutboxSink, PayloadFile, DiscardingSink
//
// Begin with `ImportRun.swift`, the only place that knows the order of the steps: everything that usage
// can get wrong is checked before `OpenDestination` opens anything.
//
// ## The folders
//
// - `Hub/`: what hub v2 is sent. `HubMessageWriter` encodes tallies; `HubRecordObserver` notes what travels
//   beside them (request logs, names of consumers, errors), and `HubDetails` makes messages of that.
// - `Outlets/`: where messages go, behind `MessageSink`: into the outbox, to a file, or nowhere.
// - `State/`: the state directory. `SourceLedger` is the reading's `SourcePositions`; what it decides is
//   `SourceMatching`, a pure state machine.
// - `Delivering/`: carries the outbox's messages to the hub, during an import and between imports.
//
// A second protocol gets a folder beside `Hub/` with a `TallySink` of its own; outlets, state and
// delivery stay as they are.
//
// ## Limits
//
// - `SourceMatching.Limits`: how many of a source's first bytes it is known by.
// - `SourceLedger.pipePatience`: how long a pipe is waited for, to be recognised.
// - Those of the reading are `Ingesting`'s, those of messages `Messaging`'s, those of the queue `Outbox`'s and
//   those of attempts `Delivery`'s.
//
// ## Who may import it
//
// The commands only. It imports no parser, and `Tallying` and records only in `Hub/`, where they are encoded.
