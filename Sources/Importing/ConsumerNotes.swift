internal import Attribution
internal import Diagnostics
internal import Ingesting

// Notes about consumers and request logs.

/// A consumer rule that makes a secret the consumer sends it to Apitally, where everyone with access to
/// the application can read it.
func secretWarnings(_ rules: [ConsumerRule]) -> [Diagnostic] {
  rules.filter { $0.digest == nil && SecretFields.isSecret(field: $0.field) }.map { rule in
    Diagnostic(
      .warning, code: "secret-consumer",
      "the field '\(rule.field)' seems to hold a secret, and is sent as the consumer",
      hint: "give it `hash: sha256` in the configuration")
  }
}

/// How many consumers are sampled.
private let sampleLimit = 1000
/// With fewer consumers than this there is no verdict.
private let fewConsumers = 20

func consumerNotes(
  _ outcome: IngestionOutcome, requestLogs: HubDetails.Outcome, _ isOverConsumerLimit: Bool
) -> [Diagnostic] {
  var notes: [Diagnostic] = []
  if let note = oddConsumersNote(outcome) { notes.append(note) }
  if requestLogs.isHostMissing {
    notes.append(
      Diagnostic(
        .warning, code: "no-host",
        "the log does not record the requested host; the URLs in request logs have the host "
          + "unknown.invalid",
        hint: "give base_url under request_logs in the configuration"))
  }
  if isOverConsumerLimit {
    notes.append(
      Diagnostic(
        .warning, code: "too-many-names",
        "the log names more than \(grouped(ConsumerDetailTable.limit)) consumers; "
          + "the rest are sent without name and group"))
  }
  return notes
}

/// A warning if consumers look like something else: accounts have limits, and a thousand consumers with a
/// request each are of no use to anyone.
private func oddConsumersNote(_ outcome: IngestionOutcome) -> Diagnostic? {
  let consumers = outcome.names.consumers
  let count = consumers.count
  guard count > fewConsumers else { return nil }
  let sample = (1...min(count, sampleLimit)).map {
    String(decoding: consumers.name(NameTable.ID($0)), as: UTF8.self)
  }
  let share = Double(count) / Double(max(outcome.counts.linesTallied, 1))
  let likeness: String
  if sample.count(where: isAddress) * 2 > sample.count {
    likeness = "look like client addresses"
  } else if share > 0.8 {
    likeness = "are almost as many as the requests, as if the field held a request ID"
  } else if share > 0.2, sample.count(where: isRandom) * 2 > sample.count {
    likeness = "look like session IDs"
  } else {
    return nil
  }
  return Diagnostic(
    .warning, code: "odd-consumers", "the \(grouped(count)) consumers \(likeness)",
    hint: "choose a field that identifies the caller; accounts have a limit on consumers")
}

/// Whether this is an IP address, perhaps with a port.
private func isAddress(_ text: String) -> Bool {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  if parts.count > 2 {
    return text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." || $0 == "[" || $0 == "]" }
  }
  let numbers = (parts.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
  return numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
}

/// Whether this was made by a generator of random numbers: 16 or more characters, digits and letters
/// mixed, without a space.
private func isRandom(_ text: String) -> Bool {
  let digitCount = text.count(where: \.isNumber)
  return text.count >= 16 && digitCount >= 4 && text.count(where: \.isLetter) >= 2
    && !text.contains(" ")
}
