/// Whom a hub on loopback listens to, said once more: names that can be nothing but this machine.
package enum SlowHosts {
  /// Whether `Host` names this machine, with or without a port.
  package static func isOfThisMachine(_ text: [UInt8]) -> Bool {
    var name = text.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
    // A port is digits behind the last colon, but for the colons of an address in brackets.
    if let colon = name.lastIndex(of: 0x3A), !name[colon...].contains(0x5D) {
      guard name[(colon + 1)...].allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
      name.removeSubrange(colon...)
    }
    if name.last == 0x2E { name.removeLast() }
    if [Array("localhost".utf8), Array("[::1]".utf8)].contains(name) { return true }
    let labels = name.split(separator: 0x2E, omittingEmptySubsequences: false)
    if labels.last.map({ Array($0) }) == Array("localhost".utf8) {
      return name.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || [0x2D, 0x2E, 0x5F].contains($0)
      }
    }
    return labels.count == 4 && Array(labels[0]) == Array("127".utf8)
      && labels.allSatisfy { label in
        (1...3).contains(label.count) && label.allSatisfy { (0x30...0x39).contains($0) }
      }
  }
}
