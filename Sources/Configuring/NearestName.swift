/// The name among `names` that someone who wrote `word` probably meant, or nil if none is close.
///
/// Close means one slip per three letters, and at most three. Case, and `-` versus `_`, make no
/// difference.
package func nearestName(to word: String, among names: [String]) -> String? {
  // Longer words are not typing errors, and the work is quadratic.
  guard word.utf8.count <= 64 else { return nil }
  let folded = foldedForComparison(word)
  let limit = min(3, max(1, folded.count / 3))
  var nearest: (name: String, distance: Int)?
  for name in names {
    let distance = editDistance(folded, foldedForComparison(name))
    if distance <= limit, distance < nearest?.distance ?? .max { nearest = (name, distance) }
  }
  return nearest?.name
}

private func foldedForComparison(_ word: String) -> [UInt8] {
  word.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
}

/// How many insertions, deletions, substitutions and swaps of neighbours turn one word into the
/// other (Damerau–Levenshtein, restricted: no part is edited twice).
func editDistance(_ first: [UInt8], _ second: [UInt8]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...second.count)
  for row in first.indices {
    var current = [row + 1]
    for column in second.indices {
      let substitution = previous[column] + (first[row] == second[column] ? 0 : 1)
      var distance = min(substitution, previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
        distance = min(distance, beforePrevious[column - 1] + 1)
      }
      current.append(distance)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[second.count]
}
