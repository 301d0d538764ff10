/// A number and what it counts: `1 message`, `2,000 messages`.
///
/// - Parameter noun: in the singular; its plural has an `s`.
package func counted(_ number: Int, _ noun: String) -> String {
  "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
}
