// # HubServing: a local hub
//
// An Apitally-compatible hub on loopback, for trying out imports and the live middleware without an
// account, and for tests of delivery. It checks messages against the protocol strictly.
//
// Takes: HTTP requests with the messages of hub v2 (docs/WIRE.md).
// Gives: 202, or 422 with what is wrong and where; totals, stored messages, and pages for people; uptime; and
// alerts by rules, to webhooks and programs.
// Limits:
//   HubRoutes.maximumBodyByteCount, .maximumLogByteCount   bodies, as sent and decompressed
//   LocalHub.maximumConnectionCount, .idleTimeout          open connections
//   JSONReading.maximumDepth                               nesting of JSON
//   Inspection.complaintLimit, .maximumInteger             complaints per response; integers
//   HubStore.pageByteCount, .answerLimit                   stored messages read at a time; answers of the API
//   NumbersWriting.nameLimit                               names that are remembered
//   ViewSlots.limit, BinSums.limit, ViewQuery.rowLimit     what a view shows
//   RequestQuery.lookLimit, .csvLimit                      lines of request logs
//   UptimeReading.arrivalLimit, .instanceLimit, .silenceDays   what is read for one answer about uptime
//   HubStore.alertOriginLimit, .waitingActionLimit, .pastActionLimit   alerts, and what they do
// Errors: `LocalHubError` when it cannot start or continue; `InvalidMessage` for a message, which
// becomes a response. What was answered with 202 survives the end of the process, though not a power
// cut.
// May not: share code with Messaging or Delivery (it is what they are tested against), listen beyond loopback
// unless the user says so, or ask anybody else for anything but to take an alert.
// Imported by: backtally (`hub`) and tests. The module is named for the activity; its type is
// `LocalHub`.
//
// Where to begin: LocalHub.swift, then HubRoutes.swift: a message's way from arrival to response.
//
//   Origin.swift  an application and its environment
//   Serving/      LocalHub (options, life cycle), HubRoutes (paths and handlers), HubAnswer
//                 (responses), Inflating (request bodies), LocalHubError
//   Validating/   Inspection (walks a message and collects complaints), FieldRules, Complaint, and
//                 one file per message: StartupMessage, SyncMessage with RequestItem, LogFile
//   JSON/         JSONReading, JSONValue, JSONWriting: stricter than Foundation's
//                 SyncScanning reads the requests of a usual message at a fraction of the time
//   Numbers/      TrafficBatch (the numbers of a message), NumbersWriting (names, numbers, roll-ups),
//                 PackedItem and PackedNumbers (how they are packed)
//   Views/        ViewRoutes: what people are shown, as JSON; Figures and Audience: what pages show;
//                 TrafficReport: the report that Judging is given, for ComparisonView and FindingsView
//   Requests/     RequestRoutes: request logs
//   Pages/        PageRoutes, OverviewPage (the start page, HTML), HubAssets and HubScripts (what pages load)
//   Page/         the dashboard's markup, style and scripts; scripts/embed-page makes HubAssets of them
//   Uptime/       Outages and Silences (arrivals and minutes in, spans out), UptimeReading, UptimeAnswer;
//                 HubRuns and HubWatch: when the hub itself ran
//   Alerts/       AlertDecision (a rule, a state and a value in, what happens out), AlertMeasuring (the value),
//                 AlertStore, AlertFile and AlertRuleBook (the rules as they are now), AlertWatch (the tasks),
//                 AlertActing with WebhookPosting and CommandRunning, AlertAnswer, AlertTrial
//   Reading/      ReadingRoutes: Apitally's API over what there is
//   Storing/      HubSchema, HubStore (messages and their sums), HubTotals, HubMessages, HubOverview
//   Faults/       HubFaults (a policy with a seed), FaultInjection
