// # Tallying: records added up
//
// Counts requests by bucket, consumer, method, route and status, with sums of sizes and histograms of
// times and sizes.
//
// Takes: an `AccessRecord` and its `TallyKey`.
// Gives: `TallyTable`. Adding is commutative and merging associative: neither the order of lines nor
// which worker read them makes a difference.
// Limits: a bin counts to 2^32 - 1, so a table has to be flushed before it has seen that many records.
// Sums stop at the largest `Int64`. `TallyKey` has room for 2^34 buckets and `RunNames.consumerLimit`
// consumers. The table itself has no limit: `TallyTable.memory` tells the caller when to flush.
// Errors: none; a key that does not fit is a bug.
// May not: do I/O, read a clock, or know what happens to the tallies.
// Imported by: Ingesting, Messaging, and the sinks.
//
// Where to begin:
//   TallyTable.swift  the table; `Tally`, one cache line per key
//   TallyKey.swift    the key, packed into two words
//   Histogram.swift   bins: one in place, the rest in the table's store
//   ExponentialScale.swift  the bins of exponential histograms, in integers
//   DistributionStore.swift how a tally holds one; ScaledHistogram.swift reads it for a data point,
//                     ExponentialHistogram.swift adds up many
