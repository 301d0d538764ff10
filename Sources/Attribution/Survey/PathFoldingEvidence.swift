/// Why the words at one position of a path are taken for names of things.
package enum FoldingEvidence: Equatable, Sendable {
  /// There are `distinct` different ones, `rare` of which were requested at most three times.
  case rare(distinct: Int, rare: Int)
  /// There are `distinct` different ones, most of which (`count`) are followed by the same word.
  case alike(distinct: Int, next: String, count: Int)
  /// There are more different ones than one position has endpoints.
  case many(distinct: Int)
  /// Words that are followed by the same word as the IDs in their position.
  case likeIDs(distinct: Int, next: String)
}

extension PathNode {
  /// With at most this many different words, a position has endpoints.
  static let endpointLimit = 20
  /// With more words than this they are names, however often they are requested.
  static let certainLimit = 200

  /// The evidence that the words in this position are names of things, if there is enough of it.
  ///
  /// - Parameter isTop: whether endpoints are to be expected here: at the root, after `/api` or
  ///   after a version. More evidence is required there.
  func foldingEvidence(isTop: Bool) -> FoldingEvidence? {
    let staying = wordsThatStay
    let names = words.filter { $0.value.routeCount > 0 && !staying.contains($0.key) }
    let distinct = names.count
    guard distinct > (isTop ? 2 * Self.endpointLimit : Self.endpointLimit) else { return nil }
    if let alike = sharedContinuation(of: Array(names.values)) { return alike }
    if distinct > Self.certainLimit { return .many(distinct: distinct) }
    let rare = names.values.filter { $0.routeCount <= PathSurvey.rareCount }
    let requests = names.values.reduce(0) { $0 + $1.routeCount }
    let rareRequests = rare.reduce(0) { $0 + $1.routeCount }
    let isRare =
      isTop
      ? rare.count * 10 >= distinct * 8
      : rare.count * 2 >= distinct && rareRequests * 10 >= requests
    return isRare ? .rare(distinct: distinct, rare: rare.count) : nil
  }

  /// Words of one form, which stand for one parameter.
  struct DoubtfulWords {
    /// The text around the parameter, as in ``parameters``.
    var surroundings: [UInt8]
    var kind: SegmentKind
    var words: [[UInt8]]
  }

  /// Words of a form that identifies something if there are others like it (``SegmentForm``), where there
  /// are: the same evidence as in ``ProvisionalTemplates``.
  func wordsLikeOthers() -> [DoubtfulWords] {
    var groups: [[UInt8]: [SegmentKind: [[UInt8]]]] = [:]
    for (word, node) in words where node.routeCount > 0 {
      guard let form = SegmentForm(doubtful: word.span, word.indices) else { continue }
      groups[form.surroundings(in: word), default: [:]][form.kind, default: []].append(word)
    }
    return groups.flatMap { surroundings, kinds in
      kinds.compactMap { kind, words in
        let known = parameters[surroundings]?.kinds.keys.contains { $0?.isLike(kind) == true }
        return words.count > ProvisionalTemplates.formLimit || known == true
          ? DoubtfulWords(surroundings: surroundings, kind: kind, words: words) : nil
      }
    }
  }

  /// `/users/42/orders`, `/users/anna/orders`: a word used where IDs are used is an ID, too. A
  /// single such word may still be an endpoint.
  func wordsLikeIDs() -> (words: [[UInt8]], evidence: FoldingEvidence)? {
    guard let ids = parameters[[]], ids.routeCount >= 10 else { return nil }
    let staying = wordsThatStay
    var found: (words: [[UInt8]], next: [UInt8])?
    for next in ids.words.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let alike = words.filter { $0.value.words[next] != nil && !staying.contains($0.key) }
      if alike.count >= 3, alike.count > found?.words.count ?? 0 {
        found = (Array(alike.keys), next)
      }
    }
    return found.map { found in
      (
        found.words,
        .likeIDs(
          distinct: found.words.count, next: String(decoding: found.next, as: UTF8.self))
      )
    }
  }

  /// `/users/anna/orders`, `/users/bela/orders`: endpoints do not all have the same things below
  /// them.
  private func sharedContinuation(of names: [PathNode]) -> FoldingEvidence? {
    let inner = names.filter { !$0.words.isEmpty || !$0.parameters.isEmpty }
    guard inner.count > PathNode.endpointLimit / 2 else { return nil }
    var counts: [[UInt8]: Int] = [:]
    for node in inner {
      for word in node.words.keys { counts[word, default: 0] += 1 }
    }
    // The most frequent; of equally frequent ones the first.
    let best = counts.min { first, second in
      first.value > second.value
        || first.value == second.value && first.key.lexicographicallyPrecedes(second.key)
    }
    guard let best, best.value * 2 >= inner.count, best.value > PathNode.endpointLimit / 2 else {
      return nil
    }
    return .alike(
      distinct: names.count, next: String(decoding: best.key, as: UTF8.self), count: best.value)
  }

  /// Words that are endpoints next to names: those that many applications have, and a word that is
  /// requested far more often than all others.
  var wordsThatStay: Set<[UInt8]> {
    var staying = Set(
      words.keys.filter { Self.usualWords.contains(String(decoding: $0, as: UTF8.self)) })
    let others = words.filter { !staying.contains($0.key) }
      .sorted { $0.value.routeCount > $1.value.routeCount }
    let total = others.reduce(0) { $0 + $1.value.routeCount }
    if let first = others.first, others.count > 1, first.value.routeCount * 4 >= total,
      first.value.routeCount >= others[1].value.routeCount * 5
    {
      staying.insert(first.key)
    }
    return staying
  }

  private static let usualWords: Set<String> = [
    "", "me", "self", "current", "mine", "my", "search", "find", "query", "filter", "new", "create",
    "add", "list", "all", "count", "stats", "statistics", "summary", "metrics", "health", "healthz",
    "status", "ping", "ready", "live", "version", "login", "logout", "signin", "signup", "register",
    "auth", "token", "refresh", "verify", "confirm", "reset", "password", "settings", "profile",
    "preferences", "export", "import", "upload", "download", "batch", "bulk", "latest", "recent",
    "popular", "trending", "featured", "top", "random", "suggestions", "autocomplete", "feed",
    "index.html", "robots.txt", "favicon.ico", "sitemap.xml",
  ]
}
