// # Outbox
//
// Everything a run must not forget: which logs were imported and how far (the ledger), the messages
// that the hub has not accepted yet (the queue), and what happened in earlier runs. Positions and
// messages are written in one transaction, a `Checkpoint`, so that a crash at any moment neither loses
// a request nor counts one twice.
//
// **On disk**, in the state directory:
//
// | file | content |
// |---|---|
// | `backtally.sqlite` (`-wal`, `-shm`) | ledger, queue, runs: `OutboxDatabase`, tables in `OutboxSchema.swift` |
// | `bodies/<number>` | the bodies of queued messages, several in a file: `BodyFiles` |
// | `lock` | held (`flock`) by the one run that may write; its pid as text: `StateLock` |
//
// Files have mode 0600. A released migration is never edited; the last one is the schema's version.
// An older version refuses a newer schema, and a newer version brings an older one up to date.
//
// **Limits**: `BodyFiles.sizeLimit` (16 MB a file of bodies), `OutboxDatabase.settlementLimit` (results
// kept in memory while a checkpoint is open), `.runLimit` (runs remembered), `.busyLimit` (wait for
// another program's lock), `.pagesFreedOnClose`, `.journalSizeLimit`, `Settlement.textLimit` (the
// characters of an error). The queue itself has no limit but the disk, and is read in bounded batches.
//
// **Errors** are `OutboxError`; `Importing` turns them into diagnostics.
//
// **Who may import it**: `Importing`. It imports `Addressing`, and knows neither logs nor HTTP.
