// # Configuring: what the user decided
//
// Reads the configuration file and merges it with the command line and the environment into
// `Settings`. All mistakes are found before anything is read or sent.
//
// Takes: the bytes of a YAML file, `CommandLineValues` as typed, environment variables.
// Gives: `Settings`, valid as a whole. The command line takes precedence over the configuration, and
// the configuration over the environment.
// Limits: `Configuration.maximumByteCount`; `ConfigurationReader.maximumProblemCount` mistakes are
// reported; `Settings.bucketSecondsRange`.
// Errors: `ConfigurationError`, which contains every mistake found, each with the option, variable or
// place in the file that it is in, and a hint. `InstantProblem` for points in time.
// May not: open files, read logs, or read the environment itself (it is passed in).
// Imported by: backtally, HubServing, Ingesting, Inspecting, Importing.
//
// Where to begin:
//   Settings.swift              the result, and which source wins
//   Configuration.swift         what a file says; the path of the file to read
//   ConfigurationReading.swift  the file, section by section
//   FormatReading.swift         its section `format`; FormatServer.swift: whose strings are understood
//   RequestLogReading.swift     its section `request_logs`
//   AlertRule.swift             a rule of the local hub's alerts; AlertReading.swift: a file of them
//   CommandLineValues.swift     what was typed
//   ConfigurationError.swift    every message and hint
//   ValueRules.swift            UUIDs, environments, URLs, patterns
//   InstantReading.swift        ISO 8601 points in time
//   TimeZoneReading.swift       clocks of time zones
//   NearestName.swift           "did you mean"
