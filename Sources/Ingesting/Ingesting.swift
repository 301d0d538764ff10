// # Ingesting: from the names of logs to tallies
//
// Reads sources side by side, finds out how each is to be read, and counts requests by bucket, consumer,
// method, route and status. What becomes of the counts is not its business: this module ends at
// a border of four protocols, and knows neither messages nor a hub, neither an outbox nor the terminal.
//
//     inputs ─▶ chunks of whole lines ─▶ records ─▶ consumer and route ─▶ tallies ─▶ TallySink
//               WorkScheduler            LineReader   Attributor           HeldTallies
//
// Begin with `Ingestion.swift`: `run` starts the threads, `work` is what each does, `flush` and
// `checkpoint` are where the sink is called.
//
// ## The border
//
// - `TallySink` takes tallies and makes them count. What a tally measures is its choice.
// - `RecordObserver`, made by a sink that wants one, looks at each record beside its tally.
// - `RequestCounter`, made by a sink that wants one, counts requests in place of tallies.
// - `SourcePositions` says where to begin with each source, and hears how far it was read.
//
// A sink is called by one thread at a time and between a flush and the next; observers and counters belong to
// one worker; positions are asked from any thread.
//
// ## The folders
//
// - `Inputs/`: the files to read and the known routes, from what the user named.
// - `Planning/`: how the lines of a source are read (`SourcePlanner`), and what is settled while its
//   chunks are still in order (`ChunkPreparation`).
// - `Scheduling/`: what a free thread does next. `WorkSchedule` decides, `WorkScheduler` acts.
// - `Counting/`: the one loop over lines (`LineReader`) and what receives them (`LineReceiver`), a
//   worker's counts and tallies, and what is kept of them until the sink takes it.
//
// `IngestionPreparation` checks all that usage can get wrong before anything else is opened;
// `IngestionOutcome` is what a reading has come to, as a value, and `IngestionNotes` what it says of itself.
//
// ## Limits
//
// - `Ingestion.tableLimit`: bytes of tallies in the workers' tables; beyond it they are flushed.
// - `HeldTallies.heldLimit`: bytes of the newest buckets that wait for late lines; beyond it they go out
//   early, and their tallies in two parts.
// - `Ingestion.Options.checkpointInterval`: uncompressed bytes between checkpoints, which a crash repeats.
// - `Ingestion.Options.jobsRange`: threads.
// - `SourcePlanner.planLimit`: plans that are known again; what is beyond is made anew, and read alike.
// - `DetectionPause.longest`: bytes of an unreadable source that are passed over before the next look.
// - `LineCounts.exampleLimit`: rejected lines of each reason that are kept as examples.
// - `DecisionLog.limit`: files whose format is reported one by one; of the others only its name is.
//
// Every line that is read is tallied or left out for one reason; `LineCounts.balance` is checked at the end
// of every run.
//
// ## Who may import it
//
// `Importing` and `Inspecting`, and whatever else makes something of tallies. It imports what reads,
// parses, attributes and tallies, and `Configuring` for the settings; never `Messaging`, `Outbox`, `Delivery`
// or `Reporting`. `scripts/checks/modules` refuses anything else.
