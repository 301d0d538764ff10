package import Configuring
import FoundationEssentials
import Synchronization

/// A file of alert rules that is read again when it is another one than before.
package final class AlertFile: Sendable {
  private struct Stamp: Equatable {
    var modified: Date?
    var size: Int?
    var number: Int?
  }

  private let path: String
  private let read: @Sendable () throws -> [AlertRule]
  private let stamp: Mutex<Stamp?>

  /// To be made before the file is read for the first time: what changes in between is then read again.
  package init(_ path: String, read: @escaping @Sendable () throws -> [AlertRule]) {
    (self.path, self.read) = (path, read)
    stamp = Mutex(Self.stamp(of: path))
  }

  /// The rules, if the file is another one than when it was asked for them before; nil if it is the same, or gone.
  /// An error of reading it is thrown once.
  package func changedRules() throws -> [AlertRule]? {
    guard let now = Self.stamp(of: path), now != stamp.withLock({ $0 }) else { return nil }
    stamp.withLock { $0 = now }
    return try read()
  }

  private static func stamp(of path: String) -> Stamp? {
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else {
      return nil
    }
    return Stamp(
      modified: attributes[.modificationDate] as? Date, size: attributes[.size] as? Int,
      number: attributes[.systemFileNumber] as? Int)
  }
}
