import Reporting
import Testing

@testable import Analyzing

/// What a page needs, held against the requests of a made-up log one by one.
struct DetailTests {
  private let log = MadeLog(days: 3, perDay: 1_500, seed: 11)

  private func made(_ limits: DetailBuilder.Limits = .init()) throws -> (Report, Report.Detail) {
    let report = log.report(detail: DetailBuilder(limits: limits))
    return (report, try #require(report.detail))
  }

  /// Requests by what `key` says of them.
  private func counted<Key: Hashable>(_ key: (MadeRequest) -> Key) -> [Key: Int] {
    log.requests.reduce(into: [:]) { $0[key($1), default: 0] += 1 }
  }

  private struct Key: Hashable {
    var endpoint: String?
    var consumer: String?
    var slot: Int?
    var status: Int
  }

  @Test func `requests by slot, endpoint, consumer and class are those of the log`() throws {
    let (report, detail) = try made()
    let width = detail.width.seconds
    #expect(Set(detail.endpoints.map(\.slot)).count <= Report.Detail.slotLimit)
    var endpoints: [Key: Int] = [:]
    for cell in detail.endpoints {
      cell.statuses.forEach { status, count in
        let name = report.endpoints[cell.endpoint].name
        endpoints[Key(endpoint: name, slot: cell.slot, status: status), default: 0] += count
      }
    }
    #expect(
      endpoints
        == counted {
          Key(endpoint: $0.endpoint, slot: $0.second / width, status: Int($0.status))
        })
    var consumers: [Key: Int] = [:]
    for cell in detail.consumers {
      for kind in StatusClass.allCases where cell.classes.count(of: kind) > 0 {
        let name = report.consumers[cell.consumer].name
        consumers[Key(consumer: name, slot: cell.slot, status: kind.rawValue), default: 0] +=
          cell.classes.count(of: kind)
      }
    }
    #expect(
      consumers
        == counted {
          Key(
            consumer: $0.consumer, slot: $0.second / width,
            status: StatusClass(Int($0.status)).rawValue)
        })
    var shares: [Key: Int] = [:]
    for share in detail.shares {
      share.durations.forEach { _, kind, count in
        let key = Key(
          endpoint: report.endpoints[share.endpoint].name,
          consumer: report.consumers[share.consumer].name, slot: share.slot, status: kind.rawValue)
        shares[key, default: 0] += count
      }
    }
    #expect(
      shares
        == counted {
          Key(
            endpoint: $0.endpoint, consumer: $0.consumer, slot: $0.second / width,
            status: StatusClass(Int($0.status)).rawValue)
        })
  }

  @Test func `durations by class add up to those of the report`() throws {
    let (report, detail) = try made()
    for (place, endpoint) in report.endpoints.enumerated() {
      var bins = SparseCounts()
      for cell in detail.endpoints where cell.endpoint == place {
        cell.durations.forEach { bin, _, count in bins.add(count, to: bin) }
      }
      #expect(bins == endpoint.figures.durations.bins)
    }
    for (place, consumer) in report.consumers.enumerated() {
      var bins = SparseCounts()
      detail.consumerDurations[place].forEach { bin, _, count in bins.add(count, to: bin) }
      #expect(bins == consumer.figures.durations.bins)
    }
    #expect(detail.pairs.count == report.pairs.count)
  }

  /// Of each consumer all is kept or nothing, and those with the most requests are kept.
  @Test func `limits leave out consumers with few requests, whole`() throws {
    var limits = DetailBuilder.Limits()
    (limits.consumerCells, limits.shares) = (1_500, 800)
    let (report, detail) = try made(limits)
    #expect(detail.consumers.count + detail.pairs.count <= limits.consumerCells)
    #expect(detail.shares.count <= limits.shares)
    var inSlots: [Int: Int] = [:]
    var inShares: [Int: Int] = [:]
    for cell in detail.consumers { inSlots[cell.consumer, default: 0] += cell.classes.requests }
    for share in detail.shares { inShares[share.consumer, default: 0] += share.durations.total }
    func isComplete(_ sums: [Int: Int], _ place: Int) -> Bool {
      sums[place] == report.consumers[place].figures.requests
    }
    let complete = report.consumers.indices.filter { isComplete(inSlots, $0) }
    #expect(!complete.isEmpty && complete.count < report.consumers.count)
    #expect(complete.contains(0))
    #expect(report.consumers.indices.contains { isComplete(inShares, $0) })
    // The whole is not changed by what is left out.
    #expect(detail.endpoints.reduce(0) { $0 + $1.statuses.total } == log.requests.count)
    #expect(
      log.report()
        == {
          var report = report; report.detail = nil; return report
        }())
  }

  @Test func `slots become wider where endpoints in slots are too many`() throws {
    var limits = DetailBuilder.Limits()
    limits.endpointCells = 100
    let (_, detail) = try made(limits)
    #expect(detail.endpoints.count <= limits.endpointCells)
    #expect(detail.endpoints.reduce(0) { $0 + $1.statuses.total } == log.requests.count)
    #expect(detail.consumers.reduce(0) { $0 + $1.classes.requests } == log.requests.count)
    #expect(detail.shares.reduce(0) { $0 + $1.durations.total } == log.requests.count)
  }

  @Test(arguments: [1, 700, 20_000])
  func `requests that are counted one by one make the detail of their tallies`(turns: Int) throws {
    var counted = log.countedReport(turns: turns, isDetailed: true)
    var (report, _) = try made()
    counted.detail?.sort()
    report.detail?.sort()
    let isSame = counted == report
    #expect(isSame)
  }

  @Test(arguments: [1, 2_000, 4_499])
  func `the detail of two logs is the merged detail of each`(cut: Int) throws {
    var (first, second) = (log, log)
    first.requests = Array(log.requests[..<cut])
    second.requests = Array(log.requests[cut...])
    var merged = first.report(detail: DetailBuilder())
    merged.merge(second.report(detail: DetailBuilder()))
    let (report, detail) = try made()
    let both = try #require(merged.detail)
    #expect(both.width == detail.width)
    func sums(_ report: Report, _ detail: Report.Detail) -> [Key: Int] {
      detail.shares.reduce(into: [:]) { sums, share in
        share.durations.forEach { bin, kind, count in
          let key = Key(
            endpoint: report.endpoints[share.endpoint].name,
            consumer: report.consumers[share.consumer].name, slot: share.slot,
            status: bin * 3 + kind.rawValue)
          sums[key, default: 0] += count
        }
      }
    }
    #expect(sums(merged, both) == sums(report, detail))
    #expect(both.consumerDurations == detail.consumerDurations)
    #expect(both.endpoints.count == detail.endpoints.count)
    #expect(both.pairs.count == detail.pairs.count)
    // One side without a detail leaves none.
    merged = first.report(detail: DetailBuilder())
    merged.merge(second.report())
    #expect(merged.detail == nil)
  }
}

extension Report.Detail {
  /// Puts what has no order into one.
  fileprivate mutating func sort() {
    endpoints.sort { ($0.endpoint, $0.slot) < ($1.endpoint, $1.slot) }
    consumers.sort { ($0.consumer, $0.slot) < ($1.consumer, $1.slot) }
    pairs.sort { ($0.consumer, $0.endpoint) < ($1.consumer, $1.endpoint) }
    shares.sort { ($0.consumer, $0.endpoint, $0.slot) < ($1.consumer, $1.endpoint, $1.slot) }
  }
}
