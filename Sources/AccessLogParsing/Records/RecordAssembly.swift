internal import ByteScanning

/// Assembles a record from the values that a parser has found in a line.
///
/// Each part of the record has slots that may hold its value, in order of preference. The parts
/// that a record cannot do without are looked for in the same order in every format: time, request,
/// status.
struct RecordAssembly {
  /// How the slots for the time are read.
  enum Time: Equatable {
    case none
    /// 26 bytes, as the parser has verified.
    case common(Int)
    case any([Int])
    case patterned(Int, TimestampPattern)
    /// A date and a time of day in UTC, `2026-11-23` and `09:10:13`.
    case dateAndTime(Int, Int)
  }

  /// Slots in order of preference.
  struct Slots {
    private(set) var all: [Int] = []
    /// The slot, if there is only one: most parts of a record have a single place.
    private(set) var only = -1

    init(_ slots: [Int] = []) {
      all = slots
      only = slots.count == 1 ? slots[0] : -1
    }

    mutating func append(_ slot: Int) { self = Slots(all + [slot]) }
    mutating func insert(_ slot: Int) { self = Slots([slot] + all) }
  }

  struct Duration {
    var slot: Int
    var unit: DurationUnit
  }

  var time = Time.none
  var method = Slots()
  var target = Slots()
  var route = Slots()
  var request = Slots()
  var status = Slots()
  var requestSize = Slots()
  var responseSize = Slots()
  /// Whether `-` for the response's size means zero bytes.
  var dashIsNoBytes = false
  var durations: [Duration] = [] {
    didSet { only = durations.count == 1 ? durations[0] : nil }
  }
  /// The duration, if there is only one.
  private var only: Duration?
  var sumsDurations = false
  /// Whether the format has no method: a content delivery network's, which is asked with GET.
  var impliesMethod = false
  var timestampMoment = TimestampMoment.start
  private var timestamps: TimestampReader
  private var date = RecentDate()

  init(clock: LocalClock?) { timestamps = TimestampReader(clock: clock) }

  @inline(__always)
  mutating func assemble(
    _ bytes: borrowing Span<UInt8>, lineStart: Int, _ values: borrowing [FieldSlice],
    into record: inout AccessRecord
  ) throws(LineRejection) {
    record.start = try start(bytes, lineStart, values)
    try setRequest(bytes, lineStart, values, &record)
    let status = Self.first(self.status, values, bytes)
    guard !status.isAbsent else { throw missingStatus(lineStart, values) }
    guard let value = bytes.status(in: status.range) else {
      throw LineRejection(
        bytes.statusRejection(in: status.range), at: Int(status.offset) - lineStart)
    }
    record.status = value
    record.requestSize = try size(bytes, lineStart, Self.first(requestSize, values, bytes))
    let sent = Self.first(responseSize, values, bytes)
    record.responseSize = try size(bytes, lineStart, sent)
    if dashIsNoBytes, sent.isAbsent, let slot = responseSize.all.last, values[slot].count == 1 {
      record.responseSize = 0
    }
    record.duration = try duration(bytes, lineStart, values)
    if timestampMoment == .end && record.duration > 0 { record.start -= record.duration }
  }

  /// A dash for the status means that there is none.
  private func missingStatus(_ lineStart: Int, _ values: borrowing [FieldSlice]) -> LineRejection {
    guard let slot = status.all.first(where: { !values[$0].isAbsent }) else {
      return LineRejection(.missingStatus, at: 0)
    }
    return LineRejection(.noResponse, at: Int(values[slot].offset) - lineStart)
  }

  /// The first slot that has a value.
  @inline(__always)
  private static func first(
    _ slots: borrowing Slots, _ values: borrowing [FieldSlice], _ bytes: borrowing Span<UInt8>
  ) -> FieldSlice {
    if slots.only >= 0 {
      let slice = values[slots.only]
      return bytes.hasValue(slice) ? slice : .absent
    }
    for slot in slots.all where bytes.hasValue(values[slot]) { return values[slot] }
    return .absent
  }

  @inline(__always)
  private mutating func start(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ values: borrowing [FieldSlice]
  ) throws(LineRejection) -> Int64 {
    if case .common(let slot) = time {
      let slice = values[slot]
      guard slice.count == TimestampReader.commonLength else {
        throw LineRejection(.missingTime, at: 0)
      }
      do throws(TimestampError) {
        return try timestamps.common(bytes, at: Int(slice.offset))
      } catch {
        throw LineRejection(error.reason, at: Int(slice.offset) - lineStart)
      }
    }
    return try otherStart(bytes, lineStart, values)
  }

  @inline(never)
  private mutating func otherStart(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ values: borrowing [FieldSlice]
  ) throws(LineRejection) -> Int64 {
    let slice =
      switch time {
      case .none: FieldSlice.absent
      case .common(let slot), .patterned(let slot, _), .dateAndTime(let slot, _):
        Self.first(Slots([slot]), values, bytes)
      case .any(let slots): Self.first(Slots(slots), values, bytes)
      }
    guard !slice.isAbsent else { throw LineRejection(.missingTime, at: 0) }
    do throws(TimestampError) {
      switch time {
      case .patterned(_, let pattern):
        var offset = Int(slice.offset)
        let value = try timestamps.patterned(bytes, at: &offset, before: Int(slice.end), pattern)
        guard offset == Int(slice.end) else { throw .invalid }
        return value
      case .dateAndTime(_, let slot):
        let time = values[slot]
        guard !time.isAbsent else { throw .invalid }
        return try date.nanoseconds(bytes, date: slice.range, time: time.range)
      default: return try timestamps.any(bytes, in: slice.range)
      }
    } catch {
      throw LineRejection(error.reason, at: Int(slice.offset) - lineStart)
    }
  }

  // These are mutating, although they change nothing, because the assembly is too large to be
  // passed by value for every line.

  @inline(__always)
  private mutating func setRequest(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ values: borrowing [FieldSlice],
    _ record: inout AccessRecord
  ) throws(LineRejection) {
    record.route = Self.first(route, values, bytes)
    let request = Self.first(self.request, values, bytes)
    if !request.isAbsent {
      guard record.setRequest(bytes, in: request.range, isEscaped: request.isEscaped) else {
        throw LineRejection(.noRequest, at: Int(request.offset) - lineStart)
      }
      return
    }
    record.method = Self.first(method, values, bytes)
    record.target = Self.first(target, values, bytes)
    if impliesMethod, !record.target.isAbsent { return }
    guard !record.method.isAbsent else {
      // An empty or dashed request means a connection without one.
      let slot = (self.request.all + method.all).first { !values[$0].isAbsent }
      guard let slot else { throw LineRejection(.missingTarget, at: 0) }
      throw LineRejection(.noRequest, at: Int(values[slot].offset) - lineStart)
    }
    guard bytes.isMethod(in: record.method.range) else {
      throw LineRejection(.noRequest, at: Int(record.method.offset) - lineStart)
    }
    if record.target.isAbsent && record.route.isAbsent {
      throw LineRejection(.missingTarget, at: 0)
    }
  }

  @inline(__always)
  private mutating func size(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ slice: FieldSlice
  ) throws(LineRejection) -> Int64 {
    guard !slice.isAbsent else { return AccessRecord.absent }
    do throws(ValueError) {
      return try bytes.size(in: slice.range)
    } catch {
      throw LineRejection(.invalidSize, at: Int(slice.offset) - lineStart)
    }
  }

  /// A sum is unknown if one of its timers is: the rest is not how long the request took.
  @inline(__always)
  private mutating func duration(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ values: borrowing [FieldSlice]
  ) throws(LineRejection) -> Int64 {
    if let only {
      let slice = values[only.slot]
      guard bytes.hasValue(slice) else { return AccessRecord.absent }
      do throws(ValueError) {
        return try bytes.duration(in: slice.range, unit: only.unit)
      } catch {
        throw LineRejection(.invalidDuration, at: Int(slice.offset) - lineStart)
      }
    }
    return try durationOfSeveral(bytes, lineStart, values)
  }

  @inline(never)
  private mutating func durationOfSeveral(
    _ bytes: borrowing Span<UInt8>, _ lineStart: Int, _ values: borrowing [FieldSlice]
  ) throws(LineRejection) -> Int64 {
    var sum: Int64 = 0
    var isEmpty = true
    for part in durations {
      let slice = values[part.slot]
      guard bytes.hasValue(slice) else {
        if sumsDurations { return AccessRecord.absent }
        continue
      }
      let value: Int64
      do throws(ValueError) {
        value = try bytes.duration(in: slice.range, unit: part.unit)
      } catch {
        throw LineRejection(.invalidDuration, at: Int(slice.offset) - lineStart)
      }
      if !sumsDurations { return value }
      if value < 0 { return AccessRecord.absent }
      sum += value
      isEmpty = false
    }
    return isEmpty || sum > Span<UInt8>.durationLimit ? AccessRecord.absent : sum
  }
}

/// Reads a date and a time of day in UTC, and remembers the last date.
struct RecentDate {
  /// Bytes of all ones are not digits, so initially nothing is equal to it.
  private var text = UInt64.max
  private var rest: UInt64 = 0
  /// The first second of the date.
  private var second: Int64 = 0

  mutating func nanoseconds(
    _ bytes: borrowing Span<UInt8>, date: Range<Int>, time: Range<Int>
  ) throws(TimestampError) -> Int64 {
    guard date.count == 10, time.count >= 8 else { throw .invalid }
    let text = bytes.word(at: date.lowerBound, count: 8)
    let rest = bytes.word(at: date.lowerBound + 8, count: 2)
    if text != self.text || rest != self.rest {
      guard let year = bytes.digits(4, at: date.lowerBound),
        bytes[date.lowerBound + 4] == UInt8(ascii: "-"),
        let month = bytes.digits(2, at: date.lowerBound + 5),
        bytes[date.lowerBound + 7] == UInt8(ascii: "-"),
        let day = bytes.digits(2, at: date.lowerBound + 8)
      else { throw .invalid }
      second = try TimestampReader.second(year: year, month: month, day: day, secondOfDay: 0)
      (self.text, self.rest) = (text, rest)
    }
    guard let secondOfDay = bytes.timeOfDay(at: time.lowerBound) else { throw .invalid }
    var offset = time.lowerBound + 8
    let fraction = bytes.fraction(from: &offset, to: time.upperBound)
    guard offset == time.upperBound else { throw .invalid }
    return try TimestampReader.nanoseconds(second: second + Int64(secondOfDay), fraction: fraction)
  }
}
