/// The text format of Prometheus, version 0.0.4, read strictly: what node_exporter's collector would refuse
/// is an error here too. <https://prometheus.io/docs/instrumenting/exposition_formats/>
package enum PrometheusText {
  package struct Malformed: Error {
    package var line: String
  }

  package struct Family {
    package var name: String
    package var help: String
    package var type: String
    package var samples: [[String: String]: Double] = [:]
  }

  package static func parse(_ text: String) throws(Malformed) -> [Family] {
    guard text.hasSuffix("\n") else { throw Malformed(line: "the end") }
    var families: [Family] = []
    var help: (name: String, text: String)?
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      let error = Malformed(line: String(line))
      if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
        let name = String(match.output.1)
        guard !families.contains(where: { $0.name == name }) else { throw error }
        help = (name, String(match.output.2))
      } else if let match = line.wholeMatch(of: /# TYPE (\S+) (counter|gauge)/) {
        guard let before = help, before.name == match.output.1 else { throw error }
        families.append(
          Family(name: before.name, help: before.text, type: String(match.output.2)))
        help = nil
      } else {
        guard help == nil, let family = families.indices.last,
          let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (\S+)/),
          match.output.1 == families[family].name, let value = Double(match.output.3),
          let labels = labels(match.output.2), families[family].samples[labels] == nil
        else { throw error }
        families[family].samples[labels] = value
      }
    }
    return families
  }

  /// `a="b",c="d"`; nil if it is not that, or a name stands twice.
  private static func labels(_ text: Substring) -> [String: String]? {
    var labels: [String: String] = [:]
    var rest = text
    while true {
      guard let start = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="/) else { return nil }
      rest = rest[start.range.upperBound...]
      var value = ""
      var isClosed = false
      while let character = rest.popFirst() {
        if character == "\"" {
          isClosed = true
          break
        }
        if character == "\\" {
          let characters: [Character: String] = ["\\": "\\", "\"": "\"", "n": "\n"]
          guard let plain = rest.popFirst().flatMap({ characters[$0] }) else { return nil }
          value += plain
        } else {
          value.append(character)
        }
      }
      guard isClosed, labels.updateValue(value, forKey: String(start.output.1)) == nil else {
        return nil
      }
      if rest.isEmpty { return labels }
      guard rest.popFirst() == "," else { return nil }
    }
  }
}
