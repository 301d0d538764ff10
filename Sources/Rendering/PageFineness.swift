/// How finely a page tells things apart. What is given up, and in which order, decides what a large log's
/// page still shows.
struct PageFineness: Equatable, Sendable {
  /// How many slots of the detail become one of the page.
  var slotsMerged = 1
  /// How many slots of the page the durations of endpoints are kept by.
  var slotsPerGroup = 1
  /// Whether the durations of endpoints are kept by class of status.
  var hasEndpointClasses = true
  /// The scale of the histograms: each less makes two bins one.
  var scale = 5
  /// How many endpoints and consumers there are at most; the rest is one.
  var endpointLimit = Int.max
  var consumerLimit = Int.max

  /// From the finest to the coarsest, for slots of `width` seconds.
  static func steps(width: Int, slots: Int) -> [PageFineness] {
    var steps = [PageFineness()]
    func add(_ change: (inout PageFineness) -> Void) {
      var next = steps[steps.count - 1]
      change(&next)
      if next != steps[steps.count - 1] { steps.append(next) }
    }
    func mergeSlots(_ fineness: inout PageFineness) {
      fineness.slotsMerged *= 2
      fineness.slotsPerGroup = max(1, fineness.slotsPerGroup / 2)
    }
    let perDay = width < 86_400 && 86_400 % width == 0 ? 86_400 / width : 4
    add { $0.slotsPerGroup = slots > 3 * perDay ? perDay : max(1, slots / 30) }
    add { $0.scale = 4 }
    add { $0.hasEndpointClasses = false }
    add { $0.scale = 3 }
    for limit in [2_000, 1_000] { add { $0.consumerLimit = limit } }
    add(mergeSlots)
    add { $0.consumerLimit = 500 }
    add(mergeSlots)
    for limit in [200, 100, 50] { add { $0.consumerLimit = limit } }
    for limit in [1_000, 500, 200, 100, 50] { add { $0.endpointLimit = limit } }
    add { $0.scale = 2 }
    return steps
  }
}
