/// An array in pieces of one size: it grows without being copied, which would take the memory twice.
struct PiecewiseArray<Element> {
  private static var pieceLength: Int { 4096 }

  private var pieces: [[Element]] = []
  private(set) var count = 0

  mutating func append(_ element: Element) {
    if count % Self.pieceLength == 0 {
      pieces.append([])
      pieces[pieces.count - 1].reserveCapacity(Self.pieceLength)
    }
    pieces[pieces.count - 1].append(element)
    count += 1
  }

  subscript(index: Int) -> Element {
    get { pieces[index / Self.pieceLength][index % Self.pieceLength] }
    set { pieces[index / Self.pieceLength][index % Self.pieceLength] = newValue }
  }
}
