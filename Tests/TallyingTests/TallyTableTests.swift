import AccessLogParsing
import Attribution
import Tallying
import TestSupport
import Testing

struct TallyTableTests {
  /// Few keys that often meet, and values of all magnitudes.
  private static func requests(_ count: Int, seed: UInt64) -> [CountedRequest] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      var request = CountedRequest()
      request.bucket = Int64.random(in: 29_000_000...29_000_003, using: &generator)
      request.consumer = NameTable.ID.random(in: 0...3, using: &generator)
      request.method = NameTable.ID.random(in: 1...2, using: &generator)
      request.route = NameTable.ID.random(in: 1...4, using: &generator)
      request.status = [200, 404, 999].randomElement(using: &generator) ?? 200
      request.duration = value(&generator) * 1_000_000
      request.requestSize = value(&generator)
      request.responseSize = value(&generator) * 1_000
      return request
    }
  }

  private static func value(_ generator: inout SeededGenerator) -> Int64 {
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: -1
    case 1: 0
    case 2: Int64.random(in: 0...3_000, using: &generator)
    default: Int64.random(in: 0...2_000_000, using: &generator)
    }
  }

  @Test(arguments: [0, 1, 100, 20_000])
  func `a table counts as dictionaries do`(_ count: Int) {
    let requests = Self.requests(count, seed: 23)
    #expect(TallyModel(TallyTable(requests)) == TallyModel(requests))
  }

  @Test func `many different keys are kept apart`() {
    var generator = SeededGenerator(seed: 24)
    let requests = (0..<30_000).map { number in
      var request = CountedRequest()
      request.bucket = Int64.random(in: 0..<1 << 34, using: &generator)
      request.consumer = NameTable.ID(number % 3 == 0 ? 1 << 22 : number)
      request.route = NameTable.ID.random(in: .min ... .max, using: &generator)
      request.method = NameTable.ID(number % 65)
      request.status = UInt16(100 + number % 900)
      return request
    }
    let table = TallyTable(requests)
    #expect(TallyModel(table) == TallyModel(requests))
    #expect(table.memory > table.count * 64)
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func `tables merged in any order and grouping are equal`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let requests = Self.requests(6_000, seed: seed)
    var parts: [[CountedRequest]] = Array(repeating: [], count: 5)
    for request in requests { parts[Int.random(in: 0..<5, using: &generator)].append(request) }
    let expected = TallyModel(requests)
    for _ in 0..<4 {
      parts.shuffle(using: &generator)
      var left = TallyTable(parts[0])
      left.merge(TallyTable(parts[1]))
      left.merge(TallyTable())
      var right = TallyTable(parts[2])
      right.merge(TallyTable(parts[3]))
      right.merge(TallyTable(parts[4]))
      if Bool.random(using: &generator) {
        left.merge(right)
        #expect(TallyModel(left) == expected)
      } else {
        right.merge(left)
        #expect(TallyModel(right) == expected)
      }
    }
  }

  @Test func `the tallies from a bucket on are those, and the table keeps all`() {
    let requests = Self.requests(3_000, seed: 25)
    let table = TallyTable(requests)
    for bucket in 28_999_999...29_000_004 as ClosedRange<Int64> {
      let expected = TallyModel(requests.filter { $0.bucket >= bucket })
      #expect(TallyModel(table.tallies(from: bucket)) == expected)
    }
    #expect(TallyModel(table) == TallyModel(requests))
  }

  @Test(
    arguments: [
      (0, 0), (9_999_999, 0), (10_000_000, 1), (290_000_000, 29), (470_000_000, 47),
      (570_000_000, 57),
      (580_000_000, 58), (590_000_000, 59), (940_000_000, 94), (289_999_999, 28),
      (1_000_000_000, 100),
      (366 * 86_400 * 1_000_000_000, 3_162_240_000), (.max, .max),
    ] as [(Int64, UInt32)])
  func `a response time's bin is its milliseconds rounded down to ten`(
    _ duration: Int64, _ bin: UInt32
  ) {
    var request = CountedRequest()
    request.duration = duration
    let model = TallyModel(TallyTable([request]))
    #expect(model.tallies.values.first?.responseTimes == [bin: 1])
  }

  @Test(
    arguments: [
      (0, 0), (999, 0), (1_000, 1), (1_999, 1), (4_294_967_295_999, .max), (.max, .max),
    ] as [(Int64, UInt32)])
  func `a size's bin is its thousands of bytes`(_ size: Int64, _ bin: UInt32) {
    var request = CountedRequest()
    request.requestSize = size
    request.responseSize = size
    let tally = TallyModel(TallyTable([request])).tallies.values.first
    #expect(tally?.requestSizes == [bin: 1] && tally?.responseSizes == [bin: 1])
    #expect(tally?.requestSizeSum == size && tally?.responseSizeSum == size)
  }

  @Test func `what is absent is in no histogram and no sum`() {
    let tally = TallyModel(TallyTable([CountedRequest()])).tallies.values.first
    var expected = PlainTally()
    expected.requestCount = 1
    #expect(tally == expected)
  }

  @Test func `a sum stops at the largest number`() {
    var request = CountedRequest()
    request.requestSize = .max - 5
    request.responseSize = .max / 2
    var table = TallyTable([request, request, request])
    table.merge(TallyTable([request]))
    let tally = TallyModel(table).tallies.values.first
    #expect(tally?.requestSizeSum == .max && tally?.responseSizeSum == .max)
    #expect(tally?.requestCount == 4)
  }

  /// A client chooses its request's Content-Length, and so the bins that a tally has to find.
  @Test(arguments: [1, 4, 1 << 10, 1 << 16, 1 << 17] as [Int64])
  func `many bins are found in no more than their number's time`(_ step: Int64) {
    func requests(_ count: Int64) -> [CountedRequest] {
      (0..<count).map { number in
        var request = CountedRequest()
        request.requestSize = number * step * 1_000
        return request
      }
    }
    let expected = TallyModel(requests(20_000))
    var table = TallyTable()
    let time = ContinuousClock().measure { table = TallyTable(requests(20_000)) }
    #expect(TallyModel(table) == expected)
    #expect(time < .seconds(4))
  }
}
