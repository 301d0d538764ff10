// What only a page needs: more of time, and who asked what when.

extension Report {
  /// The same requests once more, by combinations of slot, endpoint, consumer, class of status and duration,
  /// so that a page can be filtered.
  ///
  /// All names are given by their places in the report. Of a consumer all slots are here or none, and likewise
  /// all pairs and all shares: it is complete if they add up to its requests.
  package struct Detail: Equatable, Sendable {
    /// How many slots of time there may be.
    package static let slotLimit = 200
    /// How many endpoints in slots there may be; beyond them slots become wider.
    package static let endpointCellLimit = 60_000
    /// How many consumers in slots and pairs with an endpoint there may be; beyond them the consumers with
    /// the fewest requests are left out.
    package static let consumerCellLimit = 300_000
    /// How many combinations of slot, endpoint and consumer there may be; likewise.
    package static let shareLimit = 100_000

    package var width = SlotWidth.finest
    /// Whether durations are known by class of status.
    package var hasClasses = true
    package var endpoints: [EndpointCell] = []
    package var consumers: [ConsumerCell] = []
    /// The durations of each consumer; empty where they are only known of all together.
    package var consumerDurations: [ClassBins] = []
    package var pairs: [Pair] = []
    package var shares: [Share] = []

    package init() {}

    package struct EndpointCell: Equatable, Sendable {
      package var endpoint: Int
      package var slot: Int
      package var statuses = SparseCounts()
      package var durations = ClassBins()

      package init(endpoint: Int, slot: Int) { (self.endpoint, self.slot) = (endpoint, slot) }
    }

    package struct ConsumerCell: Equatable, Sendable {
      package var consumer: Int
      package var slot: Int
      package var classes: StatusClassCounts

      package init(consumer: Int, slot: Int, classes: StatusClassCounts) {
        (self.consumer, self.slot, self.classes) = (consumer, slot, classes)
      }
    }

    /// The requests of a consumer to an endpoint.
    package struct Pair: Equatable, Sendable {
      package var endpoint: Int
      package var consumer: Int
      package var classes: StatusClassCounts

      package init(endpoint: Int, consumer: Int, classes: StatusClassCounts) {
        (self.endpoint, self.consumer, self.classes) = (endpoint, consumer, classes)
      }
    }

    /// The requests of a consumer to an endpoint in a slot.
    package struct Share: Equatable, Sendable {
      package var consumer: Int
      package var endpoint: Int
      package var slot: Int
      /// Requests without a duration are in ``ClassBins/none``.
      package var durations: ClassBins

      package init(consumer: Int, endpoint: Int, slot: Int, durations: ClassBins) {
        (self.consumer, self.endpoint, self.slot, self.durations) = (
          consumer, endpoint, slot, durations
        )
      }
    }
  }
}

/// What a status says to a page: nothing, a client's error, or a server's.
package enum StatusClass: Int, CaseIterable, Sendable {
  case other, clientError, serverError

  package init(_ status: Int) {
    switch status {
    case 400...499: self = .clientError
    case 500...599: self = .serverError
    default: self = .other
    }
  }
}

/// Durations by bin of ``Distribution`` and class of status.
package struct ClassBins: Equatable, Sendable {
  /// Stands for a duration of 0, and for no duration: below every bin that a duration can have.
  package static let zero = -10_000
  package static let none = -10_001

  /// bin · 3 + class.
  private var counts = SparseCounts()

  package init() {}

  /// - Parameter counts: in any order, each bin and class once.
  package init(_ counts: [(bin: Int, status: StatusClass, count: Int)]) {
    self.counts = SparseCounts(counts.map { ($0.bin * 3 + $0.status.rawValue, $0.count) })
  }

  package var isEmpty: Bool { counts.isEmpty }
  package var total: Int { counts.total }

  package mutating func add(_ count: Int, bin: Int, _ status: StatusClass) {
    counts.add(count, to: bin * 3 + status.rawValue)
  }

  package mutating func merge(_ other: ClassBins) { counts.merge(other.counts) }

  package func forEach(_ body: (_ bin: Int, _ status: StatusClass, _ count: Int) -> Void) {
    counts.forEach { key, count in
      // Rounded down, since bins below a second are negative.
      let bin = (key - 3 * Self.none) / 3 + Self.none
      body(bin, StatusClass(rawValue: key - bin * 3) ?? .other, count)
    }
  }
}

/// Requests by class of status.
package struct StatusClassCounts: Equatable, BitwiseCopyable, Sendable {
  private var other = 0
  private var clientError = 0
  private var serverError = 0

  package init() {}

  package init(_ classes: ClassCounts) {
    (clientError, serverError) = (classes.clientError, classes.serverError)
    other = classes.requests - clientError - serverError
  }

  package var requests: Int { other + clientError + serverError }

  package mutating func add(_ count: Int, _ status: StatusClass) {
    switch status {
    case .other: other += count
    case .clientError: clientError += count
    case .serverError: serverError += count
    }
  }

  package mutating func merge(_ theirs: StatusClassCounts) {
    other += theirs.other
    clientError += theirs.clientError
    serverError += theirs.serverError
  }

  package func count(of status: StatusClass) -> Int {
    switch status {
    case .other: other
    case .clientError: clientError
    case .serverError: serverError
    }
  }
}

// MARK: Places

extension Report.Detail {
  /// Gives names their new places, by their old ones.
  mutating func renumber(endpoints endpointPlaces: [Int], consumers consumerPlaces: [Int]) {
    for index in endpoints.indices {
      endpoints[index].endpoint = endpointPlaces[endpoints[index].endpoint]
    }
    for index in consumers.indices {
      consumers[index].consumer = consumerPlaces[consumers[index].consumer]
    }
    for index in pairs.indices {
      pairs[index].endpoint = endpointPlaces[pairs[index].endpoint]
      pairs[index].consumer = consumerPlaces[pairs[index].consumer]
    }
    for index in shares.indices {
      shares[index].endpoint = endpointPlaces[shares[index].endpoint]
      shares[index].consumer = consumerPlaces[shares[index].consumer]
    }
    let count = consumerDurations.isEmpty ? 0 : (consumerPlaces.max() ?? -1) + 1
    var durations = [ClassBins](repeating: ClassBins(), count: count)
    for (old, bins) in consumerDurations.enumerated() { durations[consumerPlaces[old]] = bins }
    consumerDurations = durations
  }

  /// Adds what `other` holds, whose names have the same places.
  mutating func merge(_ other: Report.Detail, from first: Int, to last: Int) {
    var wide = width.seconds > other.width.seconds ? width : other.width
    let finest = SlotWidth.finest(from: first, to: last, slots: Self.slotLimit)
    while wide.seconds < finest.seconds { wide = wide.wider }
    let theirs = other.widened(to: wide)
    self = widened(to: wide)
    hasClasses = hasClasses && theirs.hasClasses
    endpoints = Self.merged(endpoints + theirs.endpoints)
    consumers = Self.merged(consumers + theirs.consumers)
    pairs = Self.merged(pairs + theirs.pairs)
    shares = Self.merged(shares + theirs.shares)
    if consumerDurations.isEmpty || theirs.consumerDurations.isEmpty {
      consumerDurations = []
    } else {
      for (place, bins) in theirs.consumerDurations.enumerated() {
        while consumerDurations.count <= place { consumerDurations.append(ClassBins()) }
        consumerDurations[place].merge(bins)
      }
    }
  }

  /// The same in slots of `width`, which is that of these slots or wider.
  func widened(to width: SlotWidth) -> Report.Detail {
    guard width != self.width else { return self }
    var wide = self
    wide.width = width
    func number(_ slot: Int) -> Int { width.slot(of: slot * self.width.seconds) }
    for index in endpoints.indices { wide.endpoints[index].slot = number(endpoints[index].slot) }
    for index in consumers.indices { wide.consumers[index].slot = number(consumers[index].slot) }
    for index in shares.indices { wide.shares[index].slot = number(shares[index].slot) }
    wide.endpoints = Self.merged(wide.endpoints)
    wide.consumers = Self.merged(wide.consumers)
    wide.shares = Self.merged(wide.shares)
    return wide
  }

  private struct Key: Hashable {
    var high: Int
    var middle = 0
    var low: Int
  }

  private static func merged(_ cells: [EndpointCell]) -> [EndpointCell] {
    merged(cells, by: { Key(high: $0.endpoint, low: $0.slot) }) {
      $0.statuses.merge($1.statuses)
      $0.durations.merge($1.durations)
    }
  }

  private static func merged(_ cells: [ConsumerCell]) -> [ConsumerCell] {
    merged(cells, by: { Key(high: $0.consumer, low: $0.slot) }) { $0.classes.merge($1.classes) }
  }

  private static func merged(_ cells: [Pair]) -> [Pair] {
    merged(cells, by: { Key(high: $0.endpoint, low: $0.consumer) }) { $0.classes.merge($1.classes) }
  }

  private static func merged(_ cells: [Share]) -> [Share] {
    merged(cells, by: { Key(high: $0.consumer, middle: $0.endpoint, low: $0.slot) }) {
      $0.durations.merge($1.durations)
    }
  }

  private static func merged<Cell>(
    _ cells: [Cell], by key: (Cell) -> Key, _ merge: (inout Cell, Cell) -> Void
  ) -> [Cell] {
    var places: [Key: Int] = [:]
    var merged: [Cell] = []
    for cell in cells {
      let key = key(cell)
      if let place = places[key] {
        merge(&merged[place], cell)
      } else {
        places[key] = merged.count
        merged.append(cell)
      }
    }
    return merged
  }
}

// MARK: Reports that have none

extension Report {
  /// What a page is made of: ``detail``, or what can be told without it.
  package var pageDetail: Detail {
    if let detail { return detail }
    var coarse = Detail()
    coarse.width =
      endpointSlotWidth.seconds > consumerSlotWidth.seconds ? endpointSlotWidth : consumerSlotWidth
    coarse.hasClasses = false
    func number(_ slot: Int, _ width: SlotWidth) -> Int {
      coarse.width.slot(of: slot * width.seconds)
    }
    for (place, endpoint) in endpoints.enumerated() {
      for slot in endpoint.slots {
        var cell = Detail.EndpointCell(
          endpoint: place, slot: number(slot.number, endpointSlotWidth))
        cell.statuses = slot.statuses
        cell.durations.add(slot.durations)
        coarse.endpoints.append(cell)
      }
    }
    for (place, consumer) in consumers.enumerated() {
      for slot in consumer.slots {
        coarse.consumers.append(
          Detail.ConsumerCell(
            consumer: place, slot: number(slot.number, consumerSlotWidth),
            classes: StatusClassCounts(slot.classes)))
      }
      var bins = ClassBins()
      bins.add(consumer.figures.durations)
      coarse.consumerDurations.append(bins)
    }
    coarse.pairs = pairs.map {
      Detail.Pair(
        endpoint: $0.endpoint, consumer: $0.consumer, classes: StatusClassCounts($0.classes))
    }
    return coarse
  }
}

extension ClassBins {
  /// Adds durations of which the class is not known.
  fileprivate mutating func add(_ durations: Distribution) {
    if durations.zeroCount > 0 { add(durations.zeroCount, bin: Self.zero, .other) }
    durations.bins.forEach { bin, count in add(count, bin: bin, .other) }
  }
}
