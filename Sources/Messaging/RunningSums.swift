package import Addressing
package import Attribution
internal import ByteScanning
package import Tallying

/// Adds up what a run's messages count: by hour, endpoint and status, and by day and consumer. That is what
/// the outbox keeps of them, to be held against what Apitally has.
///
/// It is given the same tables as the encoder, and costs a lookup in a small table for each tally.
package struct RunningSums: ~Copyable {
  /// How many sums are kept before they are handed over: 2 MB.
  package static let limit = 50_000

  /// Which moment of a bucket its requests are filed under.
  package enum Moment: Sendable {
    /// OTLP: the time comes from the start.
    case start
    /// Hub v2: a message is dated at the end of its bucket.
    case end
  }

  // Not private: the compiler stumbles over private types in generic buffers (debug builds, 6.3.1).
  struct Entry: BitwiseCopyable {
    /// Hour or day << 16, and the status; of consumers `consumerMark` in its place.
    var time: UInt64
    /// Route << 32 and method, or consumer.
    var name: UInt64
    var requests: Int64 = 0
    var received: Int64 = 0
    var sent: Int64 = 0

    /// Sums of sizes stop at the largest number, as the tallies' do.
    @inline(__always)
    mutating func add(_ count: Int64, received: Int64, sent: Int64) {
      requests += count
      let (received, isOver) = self.received.addingReportingOverflow(received)
      self.received = isOver ? .max : received
      let (sent, sentIsOver) = self.sent.addingReportingOverflow(sent)
      self.sent = sentIsOver ? .max : sent
    }
  }

  private static let consumerMark: UInt64 = 0xFFFF

  private let width: BucketWidth
  private let names: RunNames
  private let moment: Moment
  private var entries = OwnedBuffer<Entry>(capacity: 1024)
  /// Index + 1 into `entries`; 0 is free. Linear probing, at most half full.
  private var slots = OwnedBuffer<UInt32>(repeating: 0, count: 2048)
  /// Clients choose names; without knowing the seed, they cannot choose names that collide.
  private let seed = (
    UInt64.random(in: .min ... .max) | 1, UInt64.random(in: .min ... .max) | 1
  )

  package init(width: BucketWidth, names: RunNames, moment: Moment) {
    (self.width, self.names, self.moment) = (width, names, moment)
  }

  /// Adds the tallies of `table` in buckets before `end`, and calls `full` with what there is whenever
  /// ``limit`` is reached.
  package mutating func add<Failure: Error>(
    _ table: borrowing TallyTable, before end: Int64,
    full: (TrafficRows) throws(Failure) -> Void
  ) throws(Failure) {
    let tallies = table.all
    for index in tallies.indices {
      guard tallies[index].key.bucket < end else { continue }
      add(tallies[index], of: table)
      if entries.count >= Self.limit { try full(take()) }
    }
  }

  private mutating func add(_ tally: Tally, of table: borrowing TallyTable) {
    let key = tally.key
    var second = width.start(of: key.bucket)
    if moment == .end { second += Int64(width.seconds) - 1 }
    let isExponential = table.measures.contains(.exponentialBins)
    let received = isExponential ? table.sum(of: tally.requestSizes) : tally.requestSizeSum
    let sent = isExponential ? table.sum(of: tally.responseSizes) : tally.responseSizeSum
    let endpoint = index(
      time: UInt64(second / 3_600) << 16 | UInt64(key.status),
      name: UInt64(key.route) << 32 | UInt64(key.method))
    entries[endpoint].add(tally.requestCount, received: received, sent: sent)
    let consumer = index(
      time: UInt64(second / 86_400) << 16 | Self.consumerMark, name: UInt64(key.consumer))
    entries[consumer].add(tally.requestCount, received: 0, sent: 0)
  }

  /// What was added since the last time, ordered by time. The names are those of the messages.
  package mutating func take() -> TrafficRows {
    var rows = TrafficRows()
    let routes = names.routes.names(from: 1)
    let methods = names.methods.names(from: 1)
    let consumers = names.consumers.names(from: 1)
    var endpoints: [UInt64: Int] = [:]
    var places: [UInt64: Int] = [:]
    for index in 0..<entries.count {
      let entry = entries[index]
      let time = Int64(entry.time >> 16)
      let status = entry.time & 0xFFFF
      if status == Self.consumerMark {
        var place: Int?
        if entry.name > 0 {
          place = places[entry.name] ?? rows.consumers.count
          if place == rows.consumers.count {
            places[entry.name] = place
            rows.consumers.append(Self.text(entry.name, of: consumers))
          }
        }
        rows.days.append(.init(day: time, consumer: place, requests: entry.requests))
        continue
      }
      let place = endpoints[entry.name] ?? rows.endpoints.count
      if place == rows.endpoints.count {
        endpoints[entry.name] = place
        rows.endpoints.append(
          (
            Self.text(entry.name & 0xFFFF_FFFF, of: methods),
            Self.text(entry.name >> 32, of: routes)
          ))
      }
      rows.hours.append(
        .init(
          hour: time, endpoint: place, status: Int(status),
          sum: TrafficSum(requests: entry.requests, received: entry.received, sent: entry.sent)))
    }
    // Rows next to each other in the outbox are written one after another.
    rows.hours.sort { ($0.hour, $0.endpoint, $0.status) < ($1.hour, $1.endpoint, $1.status) }
    rows.days.sort { ($0.day, $0.consumer ?? -1) < ($1.day, $1.consumer ?? -1) }
    removeAll()
    return rows
  }

  private static func text(_ number: UInt64, of names: [[UInt8]]) -> String {
    number == 0 ? "" : String(decoding: names[Int(number) - 1], as: UTF8.self)
  }

  private mutating func removeAll() {
    entries.removeAll()
    for slot in 0..<slots.count { slots[slot] = 0 }
  }

  @inline(__always)
  private func place(of time: UInt64, _ name: UInt64) -> Int {
    let product = (time ^ seed.0).multipliedFullWidth(by: name ^ seed.1)
    return Int(truncatingIfNeeded: product.high ^ product.low) & (slots.count &- 1)
  }

  /// The index of an entry, made if there is none.
  @inline(__always)
  private mutating func index(time: UInt64, name: UInt64) -> Int {
    let mask = slots.count &- 1
    var slot = place(of: time, name)
    while slots[slot] != 0 {
      let index = Int(slots[slot]) &- 1
      if entries[index].name == name && entries[index].time == time { return index }
      slot = (slot &+ 1) & mask
    }
    entries.append(Entry(time: time, name: name))
    slots[slot] = UInt32(entries.count)
    if entries.count * 2 > slots.count { grow() }
    return entries.count - 1
  }

  private mutating func grow() {
    slots = OwnedBuffer(repeating: 0, count: slots.count * 2)
    let mask = slots.count &- 1
    for index in 0..<entries.count {
      var slot = place(of: entries[index].time, entries[index].name)
      while slots[slot] != 0 { slot = (slot &+ 1) & mask }
      slots[slot] = UInt32(index + 1)
    }
  }
}
