internal import ByteScanning

/// Makes a line of each record of a JSON document: objects over several lines, as `jq .` prints them,
/// and arrays of objects at any depth, as APIs and command-line tools answer with.
///
/// An object is a record unless it is what is put around a list of records: then the list is named as
/// such a list usually is (``listNames``), or is the first thing in the document. The rest of what is
/// around a list is dropped. Two answers have records of another shape: Loki's, where each is a pair of
/// a time and a line, and CloudWatch Insights', where each is a list of fields with their values.
///
/// What is no JSON is passed on line by line. Nothing is kept but the record that is being read, up to
/// ``recordLimit``; a longer one is passed on in pieces, for the reader to find too long a line.
struct JSONFlattening: ~Copyable {
  /// How many bytes of a record are kept while it may turn out to be what is around a list.
  static let recordLimit = 1 << 20
  /// How deep the objects and arrays around a list may be nested.
  static let levelLimit = 16
  /// How long the names of lists are at most.
  private static let nameLimit = 32

  private enum Level: UInt8 {
    case array, object
    /// An array of pairs of a time and a line.
    case pairs
  }

  /// What lists of records are called: by Azure, AWS, Google, Elasticsearch, Loki, Splunk and
  /// OpenTelemetry.
  private static let listNames: Set<String> = [
    "records", "Records", "logEvents", "events", "entries", "hits", "results", "result", "items",
    "resourceLogs", "scopeLogs", "logRecords", "resourceSpans", "scopeSpans", "spans",
  ]
  /// Those that other objects have as well, so that they have to be the first member, or the object has
  /// to say that it is a list (``listBeginnings``).
  private static let commonNames: Set<String> = ["events", "items", "result", "spans", "entries"]
  /// What the lists of events begin with that Kubernetes sends to webhooks: kind and version come before
  /// `items`.
  private static let listBeginnings: [StaticString] = [
    "{\"kind\":\"EventList\",", "{\"apiVersion\":\"audit.k8s.io/",
  ]
  /// What objects around an object with a list are called.
  private static let outerNames: Set<String> = ["data", "hits", "response", "result", "body"]

  /// The objects and arrays around the records.
  private var levels = [Level]()
  /// The record that is being read, without the blanks between its parts.
  private var record = OwnedBuffer<UInt8>(capacity: 4096)
  /// How many objects and arrays are open in it; 0 if none is being read.
  private var depth = 0
  /// Whether the record is passed on piece by piece.
  private var isOverflowing = false
  private var isInString = false
  private var isEscaped = false
  /// Whether a line is passed on that is no JSON.
  private var isInText = false
  /// How many objects and arrays are open in what is dropped beside a list.
  private var droppedDepth = 0

  /// The names on the way to where the record is being read, as long as there are only objects.
  private var path: [(name: [UInt8], members: Int)] = []
  /// How many arrays are open in the record.
  private var arrayDepth = 0
  /// The last string in the record.
  private var lastString: [UInt8] = []
  /// Whether the bracket of an array has just been read that may be a list.
  private var mayBeList = false

  /// The parts of a pair, or of a list of fields, so far.
  private var pairCount = 0
  private var hasFields = false

  /// Whether any list was found that has a name of its own.
  private(set) var hasList = false
  /// How many records have ended.
  private(set) var recordCount = 0

  /// What the document begins with, as long as nothing was passed on.
  private var beginning = OwnedBuffer<UInt8>(capacity: 64)
  private static let beginningLimit = 64
  /// Whether any record or line was passed on.
  private var hasOutput = false

  mutating func flatten(_ bytes: borrowing Span<UInt8>, into output: inout OwnedBuffer<UInt8>) {
    if !hasOutput { noteBeginning(bytes) }
    let count = output.count
    for index in bytes.indices { take(bytes[index], into: &output) }
    if output.count > count { hasOutput = true }
  }

  private mutating func noteBeginning(_ bytes: borrowing Span<UInt8>) {
    for index in bytes.indices where bytes[index] > UInt8(ascii: " ") {
      if beginning.count >= Self.beginningLimit { return }
      beginning.append(bytes[index])
    }
  }

  /// Passes on what is left. Of a document without any record, such as arrays that are never closed, that
  /// is its beginning: a source of which nothing is passed on would count as an empty one.
  ///
  /// - Parameter isCut: whether it may be half a record, so that it is none.
  mutating func finish(isCut: Bool, into output: inout OwnedBuffer<UInt8>) {
    let count = output.count
    if depth > 0, !isCut || isOverflowing { endRecord(into: &output) }
    if isInText { output.append(UInt8(ascii: "\n")) }
    if isCut || hasOutput || output.count > count || beginning.isEmpty { return }
    output.append(beginning.span)
    output.append(UInt8(ascii: "\n"))
  }

  private mutating func take(_ byte: UInt8, into output: inout OwnedBuffer<UInt8>) {
    if isInText {
      output.append(byte)
      if byte == UInt8(ascii: "\n") { isInText = false }
    } else if depth > 0 {
      takeInRecord(byte, into: &output)
    } else if levels.last == .pairs {
      takeInPairs(byte, into: &output)
    } else if levels.last == .object || droppedDepth > 0 {
      drop(byte)
    } else {
      takeAround(byte, into: &output)
    }
  }

  // MARK: Around records

  /// A byte in an array, or outside of everything.
  private mutating func takeAround(_ byte: UInt8, into output: inout OwnedBuffer<UInt8>) {
    switch byte {
    case UInt8(ascii: "{"): beginRecord()
    case UInt8(ascii: "["):
      if levels.count < Self.levelLimit { levels.append(.array) } else { droppedDepth = 1 }
    case UInt8(ascii: "]"):
      endFields(into: &output)
      if !levels.isEmpty { levels.removeLast() }
    case UInt8(ascii: "}"), UInt8(ascii: ","), 0...0x20: break
    default:
      if byte == UInt8(ascii: "\""), !levels.isEmpty {
        // A list of texts holds no records.
        isInString = true
        droppedDepth = 1
      } else if levels.isEmpty || !isPartOfValue(byte) {
        // No JSON any more.
        levels.removeAll()
        isInText = true
        output.append(byte)
      }
    }
  }

  /// Whether `byte` may belong to a number, `true`, `false` or `null`.
  private func isPartOfValue(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") <= 9 || "+-.eEtrufalsn".utf8.contains(byte)
  }

  /// A byte of what stands beside a list.
  private mutating func drop(_ byte: UInt8) {
    if isInString {
      if byte == UInt8(ascii: "\n") {
        // No JSON string goes over the end of a line: this is no JSON any more.
        levels.removeAll()
        (droppedDepth, isInString, isEscaped) = (0, false, false)
      } else if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
        // The text of an array was no object or array of its own.
        if levels.last != .object, droppedDepth == 1 { droppedDepth = 0 }
      }
      return
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): droppedDepth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      if droppedDepth > 0 { droppedDepth -= 1 } else if !levels.isEmpty { levels.removeLast() }
    default: break
    }
  }

  // MARK: Pairs

  /// A byte in Loki's `values`: `[["1795425013500000000","line"], …]`.
  private mutating func takeInPairs(_ byte: UInt8, into output: inout OwnedBuffer<UInt8>) {
    if isInString {
      if !isOverflowing, pairCount <= 2 { record.append(byte) }
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      }
      overflow(into: &output)
      return
    }
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      pairCount += 1
      if pairCount > 2 { return }
      if pairCount == 1 {
        record.append(literal: "{\"ts\":\"")
      } else {
        record.append(literal: ",\"line\":\"")
      }
    case UInt8(ascii: "["), UInt8(ascii: "{"): droppedDepth += 1
    case UInt8(ascii: "]"), UInt8(ascii: "}"):
      guard droppedDepth > 0 else {
        levels.removeLast()
        return
      }
      droppedDepth -= 1
      if droppedDepth == 0, pairCount > 0 {
        record.append(UInt8(ascii: "}"))
        endRecord(into: &output)
        pairCount = 0
      }
    default: break
    }
  }

  // MARK: Records

  private mutating func beginRecord() {
    record.append(UInt8(ascii: "{"))
    depth = 1
    arrayDepth = 0
    path = [(name: [], members: 0)]
    lastString = []
    mayBeList = false
  }

  private mutating func endRecord(into output: inout OwnedBuffer<UInt8>) {
    recordCount += 1
    output.append(record.span)
    output.append(UInt8(ascii: "\n"))
    record.removeAll()
    (depth, isOverflowing, isInString, isEscaped) = (0, false, false, false)
  }

  private mutating func overflow(into output: inout OwnedBuffer<UInt8>) {
    guard record.count > Self.recordLimit else { return }
    isOverflowing = true
    output.append(record.span)
    record.removeAll()
  }

  private mutating func takeInRecord(_ byte: UInt8, into output: inout OwnedBuffer<UInt8>) {
    if isInString {
      if byte == UInt8(ascii: "\n") {
        // No JSON string goes over the end of a line: half an object, and then the next one.
        endRecord(into: &output)
        return
      }
      record.append(byte)
      if isEscaped {
        isEscaped = false
        if lastString.count < Self.nameLimit { lastString.append(byte) }
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
      } else if arrayDepth == 0, lastString.count < Self.nameLimit {
        lastString.append(byte)
      }
      overflow(into: &output)
      return
    }
    if byte <= 0x20 { return }
    if mayBeList {
      mayBeList = false
      if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "["), isList(beginningWith: byte) {
        return enterList(beginningWith: byte, into: &output)
      }
    }
    record.append(byte)
    switch byte {
    case UInt8(ascii: "\""):
      isInString = true
      lastString.removeAll(keepingCapacity: true)
    case UInt8(ascii: ":"):
      if arrayDepth == 0, !path.isEmpty { path[path.count - 1].name = lastString }
    case UInt8(ascii: ","):
      if arrayDepth == 0, !path.isEmpty { path[path.count - 1].members += 1 }
    case UInt8(ascii: "{"):
      depth += 1
      if arrayDepth == 0, path.count < Self.levelLimit { path.append((name: [], members: 0)) }
    case UInt8(ascii: "["):
      depth += 1
      arrayDepth += 1
      mayBeList = arrayDepth == 1 && path.count == depth - 1 && !isOverflowing
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      if depth == 0 { return endRecordOrField(into: &output) }
      if byte == UInt8(ascii: "]") {
        if arrayDepth > 0 { arrayDepth -= 1 }
      } else if arrayDepth == 0, path.count > depth {
        path.removeLast()
      }
    default: break
    }
    overflow(into: &output)
  }

  /// Whether the array that has just begun is a list of records, rather than a part of one.
  private func isList(beginningWith byte: UInt8) -> Bool {
    guard levels.count + path.count < Self.levelLimit, let last = path.last else { return false }
    let name = String(decoding: last.name, as: UTF8.self)
    for outer in path.dropLast() {
      guard Self.outerNames.contains(String(decoding: outer.name, as: UTF8.self)) else {
        return false
      }
    }
    // Loki's streams: the labels, then the lines.
    if name == "values" { return byte == UInt8(ascii: "[") && path.count == 1 && last.members <= 1 }
    let isFirst = last.members == 0
    if Self.commonNames.contains(name), path.count == 1 {
      return isFirst
        || Self.listBeginnings.contains { record.span.holds($0, at: 0, before: record.count) }
    }
    if Self.listNames.contains(name) { return true }
    return isFirst && path.count == 1 && levels.isEmpty && recordCount == 0
  }

  /// Goes on in the list: what was read of the object is what is around it.
  private mutating func enterList(
    beginningWith byte: UInt8, into output: inout OwnedBuffer<UInt8>
  ) {
    let isPairs = path.last.map { $0.name == Array("values".utf8) } ?? false
    let isKnown = path.count == 1 && path[0].name == Array("records".utf8)
    if !isKnown { hasList = true }
    for _ in path { levels.append(.object) }
    levels.append(isPairs ? .pairs : .array)
    record.removeAll()
    depth = 0
    arrayDepth = 0
    if isPairs { pairCount = 0 }
    take(byte, into: &output)
  }

  /// The record has ended. It may be one of the fields that make up a record together.
  private mutating func endRecordOrField(into output: inout OwnedBuffer<UInt8>) {
    guard levels.count >= 2, levels.last == .array, !isOverflowing,
      let field = Self.field(of: record.span)
    else { return endRecord(into: &output) }
    output.append(hasFields ? UInt8(ascii: ",") : UInt8(ascii: "{"))
    output.append(record.span.extracting(field.name))
    output.append(UInt8(ascii: ":"))
    output.append(record.span.extracting(field.value))
    hasFields = true
    record.removeAll()
    depth = 0
  }

  /// Where `{"field":"name","value":"…"}` has its two strings.
  private static func field(
    of record: borrowing Span<UInt8>
  ) -> (name: Range<Int>, value: Range<Int>)? {
    let start = 9
    guard record.holds("{\"field\":\"", at: 0, before: record.count) else { return nil }
    let end = record.firstOffset(of: UInt8(ascii: "\""), from: start + 1, to: record.count) + 1
    guard record.holds(",\"value\":", at: end, before: record.count) else { return nil }
    return (start..<end, end + 9..<record.count - 1)
  }

  private mutating func endFields(into output: inout OwnedBuffer<UInt8>) {
    guard hasFields else { return }
    hasFields = false
    recordCount += 1
    output.append(UInt8(ascii: "}"))
    output.append(UInt8(ascii: "\n"))
  }
}

extension JSONFlattening {
  /// Whether content that begins with `bytes`, of which a bracket is at `start`, has to be flattened:
  /// not if it is lines of objects, or of arrays of objects. Nil if more has to be seen.
  static func isNeeded(
    for bytes: borrowing Span<UInt8>, from start: Int, isWhole: Bool
  ) -> Bool? {
    var depth = 0
    var objectDepth = 0
    var isInString = false
    var isEscaped = false
    // An object begins with a key, or ends at once.
    var awaitsKey = false
    /// Whether this is more than objects on lines, if it is JSON: a line has ended before the first
    /// key, say.
    var isBroken = false
    var flattening = JSONFlattening()
    var output = OwnedBuffer<UInt8>(capacity: 1024)
    var offset = start
    while offset < bytes.count {
      let byte = bytes[offset]
      flattening.take(byte, into: &output)
      if flattening.hasList { return true }
      if awaitsKey, byte > UInt8(ascii: " ") {
        guard byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "}") else { return false }
        awaitsKey = false
        if isBroken || objectDepth == 1 && byte == UInt8(ascii: "}") { return isBroken }
      }
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        // A broken line.
        if byte == UInt8(ascii: "\n") { return false }
        offset += 1
        continue
      }
      // Around objects, there are only brackets.
      if objectDepth == 0, byte > UInt8(ascii: " "), !"[]{,".utf8.contains(byte) { return false }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"):
        // An array of arrays.
        if objectDepth == 0, depth > 1 { isBroken = true }
        objectDepth += 1
        depth += 1
        awaitsKey = true
      case UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if byte == UInt8(ascii: "}") { objectDepth -= 1 }
        if objectDepth == 0, byte == UInt8(ascii: "}") || depth == 0 {
          return false
        }
      case UInt8(ascii: "\n"):
        if objectDepth > 0, !awaitsKey { return true }
        if awaitsKey { isBroken = true }
      default: break
      }
      offset += 1
    }
    // A line that goes on beyond the limit is a document.
    return isWhole ? bytes.count > recordLimit : nil
  }
}
