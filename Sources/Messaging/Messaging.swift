// # Messaging
//
// Encodes what was counted as messages of the hub's protocol, generation "hub v2": JSON byte for byte
// in the shape that the middleware's messages have, so that a hub cannot tell the two apart.
//
// - `StartupFacts`: what the application is (`/startup`).
// - `SyncEncoder`: requests by bucket (`/sync`); `DetailEncoder`: errors and names of consumers, in
//   messages of their own.
// - `RequestLogBuilder`, `RequestLogFile`: an item for each request (`/log`), with secrets masked.
// - `HubMessage` is what comes out: bytes, and the `Envelope` that delivery goes by.
//
// **On the wire**: `docs/WIRE.md`, tested as bytes. Paths, headers and rank of each kind of message are
// in one place, `App.envelope(of:uuid:)`.
//
// **Limits**: `SyncLimits.body` (a sync message is closed before it grows beyond it),
// `RequestLogFile.sizeLimit` and `.plainLimit` (a file of request logs), `RequestLogBuilder.itemLimit`
// (an item), and the run's budget of items.
//
// **Errors**: none of its own; a pattern that is not a regular expression is `Attribution`'s
// `PatternError`. What cannot be encoded is left out and counted, and the counts are handed over.
//
// **Who may import it**: `Importing`. It imports the parsers' records, `Attribution` and `Tallying`, and
// knows neither files nor the network.
