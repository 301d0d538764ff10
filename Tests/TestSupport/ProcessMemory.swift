internal import Foundation

/// The most memory that this process has had resident, in bytes. (`getrusage` would count in that of
/// the process that started this one, because it forks.)
package func peakResidentBytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  let words = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
  return words.count == 3 ? (Int(words[1]) ?? 0) * 1024 : 0
}
