// # RawStatements: SQLite without detours
//
// Statements of a GRDB connection that are bound and stepped directly, for what is done thousands of times in a
// row, and transactions with a result. What is done now and then is GRDB's own affair.
//
// Takes: SQL, numbers, text, bytes. Gives: numbers, text, bytes.
// Limits: those of SQLite.
// Errors: what SQLite says, as GRDB's `DatabaseError`.
// May not: know any table.
// Imported by: Outbox and HubServing.
