internal import Attribution
internal import Foundation
package import Reporting
internal import Tallying

/// What was read of the newest minutes, minute by minute: what the live view shows. From any thread.
package final class RecentMinutes: @unchecked Sendable {
  /// How many minutes are kept; older requests are of the whole report only.
  package static let limit = 61

  /// Guards what follows.
  private let lock = NSLock()
  private var minutes: [Int: Minute] = [:]
  private var newest = 0
  private var names: RunNames?
  private var apdex = ApdexThresholds()

  private final class Minute {
    var builder = ReportBuilder()
  }

  package init() {}

  /// When the newest request began, in nanoseconds since 1970; nil if there was none.
  package var newestRequest: Int64? { lock.withLock { newestMoment } }
  private var newestMoment: Int64?

  func note(newest moment: Int64) {
    lock.withLock { newestMoment = moment > .min ? moment : nil }
  }

  func begin(_ names: RunNames, _ apdex: ApdexThresholds) {
    lock.withLock { (self.names, self.apdex) = (names, apdex) }
  }

  func add(_ tally: Tally, at second: Int, _ reading: borrowing TallyReading) {
    lock.lock()
    defer { lock.unlock() }
    guard let minute = minute(of: second) else { return }
    minute.builder.reach(from: second, to: second)
    minute.builder.add(tally, at: second, reading)
  }

  func add(_ counts: ApdexCounts, _ key: ApdexKey) {
    lock.lock()
    defer { lock.unlock() }
    guard let minute = minute(of: key.second) else { return }
    minute.builder.reach(from: key.second, to: key.second)
    minute.builder.add(counts, route: key.route, method: key.method, at: key.second)
  }

  /// nil for what is too old.
  private func minute(of second: Int) -> Minute? {
    let number = second / 60
    if number > newest {
      newest = number
      minutes = minutes.filter { $0.key > number - Self.limit }
    }
    guard number > newest - Self.limit else { return nil }
    if let known = minutes[number] { return known }
    let minute = Minute()
    minutes[number] = minute
    return minute
  }

  /// The report of the newest `count` minutes, up to that of the newest request.
  package func report(ofLast count: Int) -> Report {
    lock.lock()
    defer { lock.unlock() }
    guard let names else { return Report() }
    var window = ReportBuilder()
    for (number, minute) in minutes where number > newest - count {
      window.merge(minute.builder)
    }
    var report = window.takeReport(names, apdex)
    if let period = window.period {
      let end = Int64(period.upperBound + SlotWidth.finest.seconds) * 1_000_000_000 - 1
      report.period = Int64(period.lowerBound) * 1_000_000_000...end
    }
    return report
  }
}
