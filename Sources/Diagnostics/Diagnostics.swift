// # Diagnostics: what to tell the user
//
// The one form in which errors, warnings and notes reach the user, the exit statuses, and the spelling
// of numbers and moments.
//
// Takes and gives: `Diagnostic`: severity, code, message, hint, place, exit status. A code is a
// contract with scripts; a message and a hint are for people. Typed errors of the modules become
// diagnostics where they leave the program.
// Limits: a message is one sentence.
// Errors: none.
// May not: import a module of ours, print, or contain a client address, a query string or a token.
// `Redacted` keeps secrets from being printed by accident.
// Imported by: every module that reports something.
//
// Where to begin:
//   Diagnostic.swift    the message and its place
//   ExitStatus.swift    all exit statuses
//   NumberText.swift    `1 line`, `1,234 lines`, decimals, UTC moments
//   SystemError.swift   what an errno means, and what to do about it
//   TerminalText.swift  making hostile text safe for a terminal
//   Redacted.swift      a secret that cannot be printed by accident
