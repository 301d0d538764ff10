internal import Attribution
internal import Diagnostics
internal import Messaging
internal import Reporting

// What an import has to say about consumers and request logs.

/// A consumer rule that makes a secret the consumer sends it to Apitally, where everybody who may look
/// at the application reads it.
func secretWarnings(_ rules: [ConsumerRule]) -> [Diagnostic] {
  rules.filter { $0.digest == nil && SecretFields.isSecret(field: $0.field) }.map { rule in
    Diagnostic(
      .warning, code: "secret-consumer",
      "the field '\(rule.field)' seems to hold a secret, and is sent as the consumer",
      hint: "give it `hash: sha256` in the configuration")
  }
}

extension LogImport {
  /// So many consumers are looked at to see what they are.
  private static let sampleLimit = 1000
  /// Fewer consumers say nothing about what they are.
  private static let fewConsumers = 20

  func detailNotes() -> [Diagnostic] {
    var notes: [Diagnostic] = []
    if let note = consumerNote() { notes.append(note) }
    if writer.requestLogs.isHostMissing {
      notes.append(
        Diagnostic(
          .warning, code: "no-host",
          "the log does not say which host requests were for; the URLs of request logs have "
            + "the host unknown.invalid",
          hint: "give base_url under request_logs in the configuration"))
    }
    if writer.isOverConsumerLimit {
      notes.append(
        Diagnostic(
          .warning, code: "too-many-names",
          "the log names more than \(grouped(ConsumerDetailTable.limit)) consumers; "
            + "the others are sent without name and group"))
    }
    return notes
  }

  /// A warning if consumers look like something that is none: accounts have limits, and a thousand
  /// consumers with a request each tell nobody anything.
  private func consumerNote() -> Diagnostic? {
    let count = names.consumers.count
    guard count > Self.fewConsumers else { return nil }
    let sample = (1...min(count, Self.sampleLimit)).map {
      String(decoding: names.consumers.name(NameTable.ID($0)), as: UTF8.self)
    }
    let share = Double(count) / Double(max(books.linesTallied, 1))
    let what: String
    if sample.count(where: isAddress) * 2 > sample.count {
      what = "look like addresses of clients"
    } else if share > 0.8 {
      what = "are nearly as many as requests, as if the field held a request id"
    } else if share > 0.2, sample.count(where: isRandom) * 2 > sample.count {
      what = "look like session ids"
    } else {
      return nil
    }
    return Diagnostic(
      .warning, code: "odd-consumers", "the \(grouped(count)) consumers \(what)",
      hint: "name a field that says who a request is from; accounts have a limit of consumers")
  }
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
