internal import Foundation

/// Nanoseconds since 1970. The clock of the outbox's edge.
func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e9) }
