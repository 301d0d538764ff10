// The report of two logs, from the reports of each.

extension Report {
  /// Adds what `other` is of.
  ///
  /// - Precondition: both count Apdex by the same thresholds.
  package mutating func merge(_ other: Report) {
    precondition(apdex == other.apdex)
    findings = nil
    books.merge(other.books)
    coverage.merge(other.coverage)
    resolution = min(resolution, other.resolution)
    if let theirs = other.period {
      period =
        period.map {
          min($0.lowerBound, theirs.lowerBound)...max($0.upperBound, theirs.upperBound)
        } ?? theirs
    }
    mergeSlots(other.slots)
    let endpointPlaces = mergeEndpoints(other)
    let consumerPlaces = mergeConsumers(other)
    mergePairs(other, endpointPlaces, consumerPlaces)
    mergeDetail(other.detail, endpointPlaces, consumerPlaces)
    sortRows()
  }

  private mutating func mergeSlots(_ other: Slots<Figures>) {
    let bounds = [slots.bounds, other.bounds].compactMap { $0 }
    guard let first = bounds.map(\.first).min(), let last = bounds.map(\.last).max() else { return }
    let finest = max(slots.width.seconds, other.width.seconds)
    var width = SlotWidth.finest(from: first, to: last, slots: Self.slotLimit)
    while width.seconds < finest { width = width.wider }
    slots = slots.widened(to: width) { $0.merge($1) }
    let theirs = other.widened(to: width) { $0.merge($1) }
    slots.add(theirs) { $0.merge($1) }
  }

  /// - Returns: for each endpoint of `other`, its place in this report.
  private mutating func mergeEndpoints(_ other: Report) -> [Int] {
    var places: [String: Int] = [:]
    for (place, endpoint) in endpoints.enumerated() { places[endpoint.name] = place }
    let theirPlaces = other.endpoints.map { theirs in
      if let place = places[theirs.name] {
        endpoints[place].figures.merge(theirs.figures)
        return place
      }
      endpoints.append(Endpoint(method: theirs.method, route: theirs.route))
      endpoints[endpoints.count - 1].figures = theirs.figures
      return endpoints.count - 1
    }
    var slots: [(place: Int, slot: EndpointSlot)] = []
    for (place, endpoint) in endpoints.enumerated() {
      for slot in endpoint.slots { slots.append((place, slot)) }
    }
    let ourWidth = endpointSlotWidth
    endpointSlotWidth = commonWidth(endpointSlotWidth, other.endpointSlotWidth)
    var cells: [SlotKey: EndpointSlot] = [:]
    func add(_ place: Int, _ slot: EndpointSlot, _ seconds: Int) {
      let number = endpointSlotWidth.slot(of: slot.number * seconds)
      let key = SlotKey(place: place, number: number)
      cells[key, default: EndpointSlot(number: number)].statuses.merge(slot.statuses)
      cells[key, default: EndpointSlot(number: number)].durations.merge(slot.durations)
    }
    for (place, slot) in slots { add(place, slot, ourWidth.seconds) }
    for (index, endpoint) in other.endpoints.enumerated() {
      for slot in endpoint.slots { add(theirPlaces[index], slot, other.endpointSlotWidth.seconds) }
    }
    while cells.count > Self.endpointSlotLimit {
      let narrow = endpointSlotWidth
      endpointSlotWidth = endpointSlotWidth.wider
      let old = cells
      cells = [:]
      for (key, slot) in old { add(key.place, slot, narrow.seconds) }
    }
    for place in endpoints.indices { endpoints[place].slots = [] }
    for (key, slot) in cells.sorted(by: { $0.key.number < $1.key.number }) {
      endpoints[key.place].slots.append(slot)
    }
    return theirPlaces
  }

  private mutating func mergeConsumers(_ other: Report) -> [Int] {
    var places: [String?: Int] = [:]
    for (place, consumer) in consumers.enumerated() { places[consumer.name] = place }
    let theirPlaces = other.consumers.map { theirs in
      if let place = places[theirs.name] {
        consumers[place].figures.merge(theirs.figures)
        return place
      }
      consumers.append(Consumer(name: theirs.name))
      consumers[consumers.count - 1].figures = theirs.figures
      return consumers.count - 1
    }
    let ourWidth = consumerSlotWidth
    consumerSlotWidth = commonWidth(consumerSlotWidth, other.consumerSlotWidth)
    var cells: [SlotKey: ClassCounts] = [:]
    func add(_ place: Int, _ number: Int, _ classes: ClassCounts, _ seconds: Int) {
      let key = SlotKey(place: place, number: consumerSlotWidth.slot(of: number * seconds))
      cells[key, default: ClassCounts()].merge(classes)
    }
    for (place, consumer) in consumers.enumerated() {
      for slot in consumer.slots { add(place, slot.number, slot.classes, ourWidth.seconds) }
    }
    for (index, consumer) in other.consumers.enumerated() {
      for slot in consumer.slots {
        add(theirPlaces[index], slot.number, slot.classes, other.consumerSlotWidth.seconds)
      }
    }
    while cells.count > Self.consumerSlotLimit {
      let narrow = consumerSlotWidth
      consumerSlotWidth = consumerSlotWidth.wider
      let old = cells
      cells = [:]
      for (key, classes) in old { add(key.place, key.number, classes, narrow.seconds) }
    }
    for place in consumers.indices { consumers[place].slots = [] }
    for (key, classes) in cells.sorted(by: { $0.key.number < $1.key.number }) {
      consumers[key.place].slots.append(ConsumerSlot(number: key.number, classes: classes))
    }
    return theirPlaces
  }

  private mutating func mergePairs(_ other: Report, _ endpoints: [Int], _ consumers: [Int]) {
    var cells: [SlotKey: ClassCounts] = [:]
    for pair in pairs {
      cells[SlotKey(place: pair.endpoint, number: pair.consumer)] = pair.classes
    }
    for pair in other.pairs {
      let key = SlotKey(place: endpoints[pair.endpoint], number: consumers[pair.consumer])
      cells[key, default: ClassCounts()].merge(pair.classes)
    }
    pairs = cells.map { Pair(endpoint: $0.place, consumer: $0.number, classes: $1) }
    mergedPairRequests += other.mergedPairRequests
  }

  private mutating func mergeDetail(_ other: Detail?, _ endpoints: [Int], _ consumers: [Int]) {
    guard var theirs = other, detail != nil, let bounds = slots.bounds else {
      if !self.slots.numbers.isEmpty { detail = nil }
      return
    }
    theirs.renumber(endpoints: endpoints, consumers: consumers)
    detail?.merge(theirs, from: bounds.first, to: bounds.last)
  }

  private func commonWidth(_ left: SlotWidth, _ right: SlotWidth) -> SlotWidth {
    var width = left.seconds > right.seconds ? left : right
    if let first = slots.bounds?.first, let last = slots.bounds?.last {
      let finest = SlotWidth.finest(from: first, to: last, slots: Self.partSlotLimit)
      while width.seconds < finest.seconds { width = width.wider }
    }
    return width
  }

  /// A part of a report and a slot of it, or two parts.
  private struct SlotKey: Hashable {
    var place: Int
    var number: Int
  }

  /// Puts endpoints, consumers and pairs into the order of a report: the most requests first. Keeps the
  /// largest pairs and merges the rest, if there are too many; then counts who uses what.
  package mutating func sortRows() {
    // Rows are large: neither they nor their arrays are copied to be compared.
    let ofEndpoints = endpoints.map(\.figures.requests)
    let byEndpoint = endpoints.indices.sorted {
      if ofEndpoints[$0] != ofEndpoints[$1] { return ofEndpoints[$0] > ofEndpoints[$1] }
      return (endpoints[$0].route, endpoints[$0].method)
        < (endpoints[$1].route, endpoints[$1].method)
    }
    let ofConsumers = consumers.map(\.figures.requests)
    let byConsumer = consumers.indices.sorted {
      if ofConsumers[$0] != ofConsumers[$1] { return ofConsumers[$0] > ofConsumers[$1] }
      return consumers[$0].name ?? "" < consumers[$1].name ?? ""
    }
    var endpointPlaces = [Int](repeating: 0, count: endpoints.count)
    var consumerPlaces = [Int](repeating: 0, count: consumers.count)
    for (place, old) in byEndpoint.enumerated() { endpointPlaces[old] = place }
    for (place, old) in byConsumer.enumerated() { consumerPlaces[old] = place }
    endpoints = byEndpoint.map { endpoints[$0] }
    consumers = byConsumer.map { consumers[$0] }
    for index in pairs.indices {
      pairs[index].endpoint = endpointPlaces[pairs[index].endpoint]
      pairs[index].consumer = consumerPlaces[pairs[index].consumer]
    }
    detail?.renumber(endpoints: endpointPlaces, consumers: consumerPlaces)
    pairs.sort { left, right in
      let (mine, theirs) = (left.classes.requests, right.classes.requests)
      if mine != theirs { return mine > theirs }
      return left.endpoint != right.endpoint
        ? left.endpoint < right.endpoint : left.consumer < right.consumer
    }
    if pairs.count > Self.pairLimit {
      mergedPairRequests += pairs[Self.pairLimit...].reduce(0) { $0 + $1.classes.requests }
      pairs.removeSubrange(Self.pairLimit...)
    }
    for place in endpoints.indices { endpoints[place].consumerCount = 0 }
    for place in consumers.indices { consumers[place].endpointCount = 0 }
    for pair in pairs {
      consumers[pair.consumer].endpointCount += 1
      if consumers[pair.consumer].name != nil { endpoints[pair.endpoint].consumerCount += 1 }
    }
  }
}

extension Report.Books {
  mutating func merge(_ other: Report.Books) {
    linesRead += other.linesRead
    requests += other.requests
    leftOut.merge(other.leftOut, uniquingKeysWith: +)
  }
}

extension Report.Coverage {
  package mutating func merge(_ other: Report.Coverage) {
    durations += other.durations
    requestSizes += other.requestSizes
    responseSizes += other.responseSizes
    consumers += other.consumers
  }
}

extension Report.Slots {
  /// The seconds since 1970 in which the first and the last slot begin.
  var bounds: (first: Int, last: Int)? {
    guard let first = numbers.first, let last = numbers.last else { return nil }
    return (first * width.seconds, last * width.seconds)
  }

  /// The same in slots of `width`, which is that of these slots or wider.
  package func widened(
    to width: SlotWidth, merging merge: (inout Value, Value) -> Void
  ) -> Report.Slots<Value> {
    guard width != self.width else { return self }
    var wide = Report.Slots<Value>()
    wide.width = width
    for (number, value) in zip(numbers, values) {
      let place = width.slot(of: number * self.width.seconds)
      if wide.numbers.last == place {
        merge(&wide.values[wide.values.count - 1], value)
      } else {
        wide.numbers.append(place)
        wide.values.append(value)
      }
    }
    return wide
  }

  /// Adds slots of the same width.
  mutating func add(
    _ other: Report.Slots<Value>, merging merge: (inout Value, Value) -> Void
  ) {
    var rows: [Int: Value] = Dictionary(uniqueKeysWithValues: zip(numbers, values))
    for (number, value) in zip(other.numbers, other.values) {
      if var known = rows[number] {
        merge(&known, value)
        rows[number] = known
      } else {
        rows[number] = value
      }
    }
    let sorted = rows.sorted { $0.key < $1.key }
    (numbers, values) = (sorted.map(\.key), sorted.map(\.value))
    width = other.width
  }
}
