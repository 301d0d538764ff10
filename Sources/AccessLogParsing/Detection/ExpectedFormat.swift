internal import ByteScanning

// Detection in a tenth of the time, for a source like the one before it.

extension FormatDetection {
  /// What was found for a source, to be tried first for the next.
  package struct Guess: Hashable, Codable, Sendable {
    /// The name of the format in the catalogue.
    private let name: String
    let wrapping: LineWrapping?

    init(_ candidate: DetectionCandidate, in wrapping: LineWrapping?) {
      name = candidate.name
      self.wrapping = wrapping
    }

    /// nil if it comes from a version that knows other formats.
    var candidate: DetectionCandidate? { DetectionCandidate.known(name) }

    /// The format, as far as it is known without any lines.
    package var format: LogFormat? {
      candidate.map { candidate in
        wrapping.map { .wrapped($0, candidate.format) } ?? candidate.format
      }
    }
  }

  /// What ``init(_:candidates:limit:)`` finds in these lines, if they are as `guess` has it: none of
  /// them speaks against it, and no other reading can be better than that.
  ///
  /// A reading that misses one line loses to one that misses none, so only those that read the first
  /// line have to be looked at. Lines of anything that is not so simple are left to the whole search.
  ///
  /// - Returns: nil if the lines are not like that.
  package init?(_ bytes: borrowing Span<UInt8>, expecting guess: Guess) {
    let sample = bytes.extracting(0..<bytes.endOfLines(Self.sampleLimit))
    guard let expected = guess.candidate else { return nil }
    let found =
      if let wrapping = guess.wrapping {
        Self.readings(sample, of: expected, in: wrapping)
      } else {
        Self.readings(sample, of: expected)
      }
    guard let found else { return nil }
    self.init(found, of: sample.lineCount)
  }

  /// How `expected` and its rivals read lines that are in no wrapping; nil if it does not read all.
  private static func readings(
    _ bytes: borrowing Span<UInt8>, of expected: DetectionCandidate
  ) -> [Reading]? {
    guard expected.placement == .none, let reading = whole(bytes, expected, nil) else { return nil }
    switch expected.format {
    case .common, .text, .columns: break
    // An object may be around a line.
    case .json, .pairs, .wrapped:
      let first = bytes.extracting(0..<bytes.endOfLines(1))
      let areRequests = reading.requestCount == reading.score.readCount
      for wrapping in LineWrapping.found(in: bytes)
      where mayRead(first, in: wrapping, asRequest: areRequests) {
        return nil
      }
    }
    return readings(bytes, with: reading, placement: .none, nil)
  }

  /// Whether any format reads the line that is taken out of `wrapping`, or several lines may become one.
  ///
  /// - Parameter asRequest: whether it only matters if the line is a request, since another reading of the
  ///   lines takes all of them for some. Then it has to have the three digits of a status.
  private static func mayRead(
    _ line: borrowing Span<UInt8>, in wrapping: LineWrapping, asRequest: Bool
  ) -> Bool {
    guard wrapping.suppliesTime else { return true }
    if asRequest, !DetectionSample(line, wrapping, .none).text.span.hasThreeDigits { return false }
    return LineWrapping.TimestampPlacement.allCases.contains { placement in
      DetectionSample(line, wrapping, placement).text.span.isReadable(placement)
    }
  }

  /// The same for lines in a wrapping that is known by its looks.
  private static func readings(
    _ bytes: borrowing Span<UInt8>, of expected: DetectionCandidate, in wrapping: LineWrapping
  ) -> [Reading]? {
    guard wrapping.isKnownByItsLooks, wrapping.suppliesTime else { return nil }
    var plain = wrapping
    plain.timestampPlacement = .none
    let wrappings = LineWrapping.found(in: bytes)
    guard wrappings.contains(plain) else { return nil }
    // What reads nine in ten lines as they stand is preferred to a wrapping.
    let lineCount = bytes.lineCount
    let few = bytes.extracting(0..<bytes.endOfLines(lineCount / 10 + 1))
    let others = bytes.possible(among: DetectionCandidate.known(with: .none)).filter { !$0.isJSON }
    for other in others where other.count(few).read > 0 {
      let reading = Reading(other.count(bytes), of: lineCount, other, nil)
      if reading.likelyCount * 10 >= lineCount * 9 { return nil }
    }
    let sample = DetectionSample(bytes, plain, expected.placement)
    guard sample.text.span.lineCount == bytes.lineCount,
      let reading = whole(sample.text.span, expected, plain),
      wrappings.allSatisfy({ $0 == plain || cannotWin($0, bytes, against: reading) })
    else { return nil }
    var found: [Reading] = []
    let first = bytes.extracting(0..<bytes.endOfLines(1))
    for placement in LineWrapping.TimestampPlacement.allCases {
      if placement == expected.placement {
        found += readings(sample.text.span, with: reading, placement: placement, plain)
        continue
      }
      // Hardly ever does any read the first line, and then all of them have to be taken out.
      let firstSample = DetectionSample(first, plain, placement)
      let isWhole = firstSample.text.span.lineCount == 1
      if isWhole, !firstSample.text.span.isReadable(placement) { continue }
      let sample = DetectionSample(bytes, plain, placement)
      found += readings(sample.text.span, with: reading, placement: placement, plain)
    }
    return found
  }

  /// Whether no reading of the lines as taken out of `wrapping` can be better than `reading`, which is of all
  /// lines, in a wrapping that is known by its looks.
  private static func cannotWin(
    _ wrapping: LineWrapping, _ bytes: borrowing Span<UInt8>, against reading: Reading
  ) -> Bool {
    switch wrapping.envelope {
    // Each of the lines is one at most, and on a tie its looks decide (`Reading.rank`).
    case .json, .object: reading.requestCount == reading.score.lineCount
    case .docker, .cri, .syslog, .compose, .timestamp:
      !mayRead(bytes.extracting(0..<bytes.endOfLines(1)), in: wrapping, asRequest: false)
    case .none, .prefix, .pairs, .sequence: false
    }
  }

  /// The reading of `candidate`, if it understands each line, and not most of them as something else
  /// than a request.
  private static func whole(
    _ lines: borrowing Span<UInt8>, _ candidate: DetectionCandidate, _ wrapping: LineWrapping?
  ) -> Reading? {
    let first = candidate.count(lines.extracting(0..<lines.endOfLines(1)))
    guard first.read == 1 else { return nil }
    let lineCount = lines.lineCount
    let count = candidate.count(lines)
    guard count.read == lineCount, count.requests * 2 >= lineCount else { return nil }
    return Reading(count, of: lineCount, candidate, wrapping)
  }

  /// The readings of all formats that read the first line, in the order of the catalogue.
  ///
  /// - Parameter known: one that need not be found again.
  private static func readings(
    _ lines: borrowing Span<UInt8>, with known: Reading,
    placement: LineWrapping.TimestampPlacement, _ wrapping: LineWrapping?
  ) -> [Reading] {
    let suitable = DetectionCandidate.known(with: placement)
    let first = lines.extracting(0..<lines.endOfLines(1))
    var readings: [Reading] = []
    for candidate in lines.possible(among: suitable) {
      if candidate === known.candidate {
        readings.append(known)
      } else if candidate.count(first).read > 0 {
        let count = candidate.count(lines)
        readings.append(Reading(count, of: lines.lineCount, candidate, wrapping))
      }
    }
    return readings
  }
}

extension Span where Element == UInt8 {
  /// Whether any format that has its time there reads any of the lines.
  fileprivate func isReadable(_ placement: LineWrapping.TimestampPlacement) -> Bool {
    for candidate in possible(among: DetectionCandidate.known(with: placement))
    where candidate.count(self).read > 0 { return true }
    return false
  }

  fileprivate var hasThreeDigits: Bool {
    var digits = 0
    for offset in 0..<count {
      digits = self[offset] &- UInt8(ascii: "0") <= 9 ? digits + 1 : 0
      if digits == 3 { return true }
    }
    return false
  }
}

extension LineWrapping {
  /// Whether its looks alone decide that lines are in it, if they can be read as they stand, too.
  fileprivate var isKnownByItsLooks: Bool {
    switch envelope {
    case .docker, .cri, .syslog, .compose, .timestamp: true
    case .none, .json, .prefix, .object, .pairs, .sequence: false
    }
  }
}
