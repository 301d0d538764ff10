import Addressing
import Delivery

extension Envelope {
  /// Of messages as hub v2 has them, told apart by what delivery makes of them.
  static func first(_ path: String) -> Envelope { Envelope(path: path, goesFirst: true) }
  static func plain(_ path: String) -> Envelope { Envelope(path: path) }
  static func droppable(_ path: String) -> Envelope { Envelope(path: path, isDroppable: true) }
}
