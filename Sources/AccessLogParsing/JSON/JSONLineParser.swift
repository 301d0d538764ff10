internal import ByteScanning

/// Parses lines that are JSON objects, using a mapping of keys.
package struct JSONLineParser {
  private var scanner: JSONLineScanner
  private let roles: Roles
  private let roleSlots: [Int]
  /// For each captured field, the slots that may hold it, in order of preference.
  private let captures: [Role]
  private let durationUnit: DurationUnit
  private let timestampMoment: TimestampMoment
  private let dashMeansAbsent: Bool
  private let methodIsVerb: Bool
  /// The slot of the key that tells lines of requests from others; -1 if there is none.
  private let conditionSlot: Int
  private let conditionPrefixes: [[UInt8]]
  private var timestamps: TimestampReader
  private var dates = RecentDate()

  /// The slots that may hold a part of a record.
  private struct Role: BitwiseCopyable {
    /// Bit n is set if slot n is among them.
    var mask: UInt64 = 0
    /// Where they are in `roleSlots`, in order of preference.
    var start = 0
    var end = 0
  }

  private struct Roles {
    var time: Role
    var date: Role
    var method: Role
    var target: Role
    var route: Role
    var request: Role
    var status: Role
    var requestSize: Role
    var responseSize: Role
    var duration: Role
  }

  /// - Parameter fields: keys of the log, or names of a record's parts (`user_agent`), no matter
  ///   what the log calls them. A key of that exact name takes precedence over the keys of the
  ///   part.
  /// - Returns: nil if mapping and captures name more keys than ``JSONLineParser/keyLimit``.
  package init?(
    mapping: FieldMapping, timestampMoment: TimestampMoment, capturing fields: [String],
    clock: LocalClock? = nil
  ) {
    precondition(fields.count <= AccessRecord.capturedLimit)
    var table = JSONKeyTable()
    var isComplete = true
    func slots(_ paths: [String]) -> [Int] {
      paths.compactMap { path in
        let slot = table.slot(for: path)
        if slot == nil { isComplete = false }
        return slot
      }
    }
    var roleSlots: [Int] = []
    func role(_ paths: [String]) -> Role {
      var role = Role()
      role.start = roleSlots.count
      roleSlots += slots(paths)
      role.end = roleSlots.count
      for slot in roleSlots[role.start...] { role.mask |= 1 << UInt64(slot) }
      return role
    }
    roles = Roles(
      time: role(mapping.time), date: role(mapping.date), method: role(mapping.method),
      target: role(mapping.target),
      route: role(mapping.route), request: role(mapping.request),
      status: role(mapping.status), requestSize: role(mapping.requestSize),
      responseSize: role(mapping.responseSize), duration: role(mapping.duration))
    captures = fields.map { role([$0] + (mapping.keys(ofPart: $0) ?? [])) }
    conditionSlot = slots(mapping.condition.map { [$0.key] } ?? []).first ?? -1
    conditionPrefixes = mapping.condition?.prefixes.map { Array($0.utf8) } ?? []
    self.roleSlots = roleSlots
    guard isComplete else { return nil }
    scanner = JSONLineScanner(table: table)
    durationUnit = mapping.durationUnit
    self.timestampMoment = timestampMoment
    dashMeansAbsent = mapping.dashMeansAbsent
    methodIsVerb = mapping.methodIsVerb
    timestamps = TimestampReader(clock: clock)
  }

  /// How many different keys a mapping and the captured fields may name together.
  package static let keyLimit = JSONKeyTable.slotLimit

  /// Parses the line in `line` into `record`.
  @inline(__always)
  package mutating func parse(
    _ bytes: borrowing Span<UInt8>, line: Range<Int>, into record: inout AccessRecord
  ) throws(LineRejection) {
    try scanner.scan(bytes, line: line)
    let lineStart = line.lowerBound
    if conditionSlot >= 0 { try checkCondition(bytes, lineStart) }
    try setStart(bytes, lineStart, &record)
    try setRequest(bytes, lineStart, line.count, &record)
    try setStatus(bytes, lineStart, line.count, &record)
    record.requestSize = try size(bytes, lineStart, roles.requestSize)
    record.responseSize = try size(bytes, lineStart, roles.responseSize)
    try setDuration(bytes, lineStart, &record)
    record.dashMeansAbsent = dashMeansAbsent
    for index in captures.indices {
      record.captured[index] = firstPresent(captures[index])
    }
  }

  /// The first slot of `role` that the line has, whatever its value.
  @inline(__always)
  private mutating func firstPresent(_ role: Role) -> FieldSlice {
    let present = scanner.filled & role.mask
    if present == 0 { return .absent }
    for slot in roleSlots[role.start..<role.end] where present & (1 << UInt64(slot)) != 0 {
      return scanner[slot]
    }
    return .absent
  }

  /// The first slot of `role` that has a value.
  @inline(__always)
  private mutating func first(_ role: Role, _ bytes: borrowing Span<UInt8>) -> FieldSlice {
    let present = scanner.filled & role.mask
    if present == 0 { return .absent }
    if present & (present &- 1) != 0 { return firstOfSeveral(role, bytes) }
    let slice = scanner[present.trailingZeroBitCount]
    return bytes.hasValue(slice) ? slice : .absent
  }

  private mutating func firstOfSeveral(
    _ role: Role, _ bytes: borrowing Span<UInt8>
  ) -> FieldSlice {
    for slot in roleSlots[role.start..<role.end] {
      let slice = scanner[slot]
      if bytes.hasValue(slice) { return slice }
    }
    return .absent
  }

  // These are mutating, although they change nothing, because the parser is too large to be passed
  // by value for every line.

  @inline(never)
  private mutating func checkCondition(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int
  ) throws(LineRejection) {
    let value = scanner[conditionSlot]
    guard !value.isAbsent else { return }
    for prefix in conditionPrefixes where prefix.count <= value.count {
      let start = Int(value.offset)
      if bytes.equals(start..<start + prefix.count, prefix.span, 0..<prefix.count) { return }
    }
    throw LineRejection(.otherLine, at: Int(value.offset) - lineStart)
  }

  @inline(__always)
  private mutating func setStart(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ record: inout AccessRecord
  ) throws(LineRejection) {
    let slice = first(roles.time, bytes)
    guard !slice.isAbsent else { throw LineRejection(.missingTime, at: 0) }
    do throws(TimestampError) {
      record.start = try timestamps.any(bytes, in: slice.range)
    } catch {
      guard let start = startOfDate(bytes, time: slice) else {
        throw LineRejection(error.reason, at: Int(slice.offset) - lineStart)
      }
      record.start = start
    }
  }

  /// The time, if there is only that of the day, on the date that has a key of its own.
  @inline(never)
  private mutating func startOfDate(
    _ bytes: borrowing Span<UInt8>, time: FieldSlice
  ) -> Int64? {
    let date = first(roles.date, bytes)
    guard !date.isAbsent else { return nil }
    return try? dates.nanoseconds(bytes, date: date.range, time: time.range)
  }

  @inline(__always)
  private mutating func setRequest(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ lineLength: Int,
    _ record: inout AccessRecord
  ) throws(LineRejection) {
    record.method = first(roles.method, bytes)
    record.target = first(roles.target, bytes)
    record.route = first(roles.route, bytes)
    if record.method.isAbsent || record.target.isAbsent && record.route.isAbsent {
      let request = first(roles.request, bytes)
      // Some call the path `request`.
      if !record.method.isAbsent, !request.isAbsent, bytes.isPath(request) {
        record.target = request
        return try checkMethod(bytes, lineStart, record)
      }
      guard !request.isAbsent,
        record.setRequest(bytes, in: request.range, isEscaped: request.isEscaped)
      else {
        throw LineRejection(reasonWithoutRequest(record), at: 0)
      }
      return
    }
    try checkMethod(bytes, lineStart, record)
    if methodIsVerb { record.method.isEscaped = true }
  }

  @inline(__always)
  private mutating func checkMethod(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ record: borrowing AccessRecord
  ) throws(LineRejection) {
    guard bytes.isMethod(in: record.method.range) else {
      throw LineRejection(.noRequest, at: Int(record.method.offset) - lineStart)
    }
  }

  /// If a line's keys for method or request line are empty, it describes a connection without a
  /// request; if it has no such keys, it is of a different kind from what the mapping assumes.
  private mutating func reasonWithoutRequest(_ record: borrowing AccessRecord)
    -> LineRejection.Reason
  {
    if !record.method.isAbsent { return .missingTarget }
    let isLogged =
      !firstPresent(roles.method).isAbsent || !firstPresent(roles.request).isAbsent
    return isLogged ? .noRequest : .missingTarget
  }

  @inline(__always)
  private mutating func setStatus(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ lineLength: Int,
    _ record: inout AccessRecord
  ) throws(LineRejection) {
    let slice = first(roles.status, bytes)
    guard !slice.isAbsent else { throw LineRejection(.missingStatus, at: 0) }
    guard let status = bytes.status(in: slice.range) else {
      throw LineRejection(
        bytes.statusRejection(in: slice.range), at: Int(slice.offset) - lineStart)
    }
    record.status = status
  }

  @inline(__always)
  private mutating func size(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ role: Role
  ) throws(LineRejection) -> Int64 {
    let slice = first(role, bytes)
    guard !slice.isAbsent else { return AccessRecord.absent }
    do throws(ValueError) {
      return try bytes.size(in: slice.range)
    } catch {
      throw LineRejection(.invalidSize, at: Int(slice.offset) - lineStart)
    }
  }

  @inline(__always)
  private mutating func setDuration(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ record: inout AccessRecord
  ) throws(LineRejection) {
    let slice = first(roles.duration, bytes)
    guard !slice.isAbsent else {
      record.duration = AccessRecord.absent
      return
    }
    do throws(ValueError) {
      record.duration = try bytes.duration(in: slice.range, unit: durationUnit)
    } catch {
      throw LineRejection(.invalidDuration, at: Int(slice.offset) - lineStart)
    }
    if timestampMoment == .end && record.duration > 0 { record.start -= record.duration }
  }
}

extension Span where Element == UInt8 {
  /// Whether `slice` begins as a path or a URL does, rather than with a method.
  fileprivate func isPath(_ slice: FieldSlice) -> Bool {
    let start = Int(slice.offset)
    let end = Int(slice.end)
    return self[start] == UInt8(ascii: "/")
      || holds("http://", at: start, before: end) || holds("https://", at: start, before: end)
      || holds("\\/", at: start, before: end)
  }
}
