internal import Diagnostics

/// What the state directory holds, in the text format of Prometheus (version 0.0.4), for the textfile
/// collector of node_exporter.
///
/// Every series has the labels `client_id`, `env` and `hub`, so that the files of several apps can lie in
/// one folder. Times are seconds since 1970. A series whose value is not known is left out.
package struct StatusMetrics {
  private let apps: [StatusSummary.AppStatus]

  package init(_ status: StatusSummary) { apps = status.apps }

  /// The families, each with its help and type. Ends with a line feed; empty for no app.
  package var text: String {
    if apps.isEmpty { return "" }
    var lines: [String] = []
    for family in Self.families {
      let samples = apps.flatMap { app in
        family.samples(app).map { sample in
          "backtally_\(family.name){\(labels(app, sample.label))} \(sample.value)"
        }
      }
      if samples.isEmpty { continue }
      lines.append("# HELP backtally_\(family.name) \(family.help)")
      lines.append("# TYPE backtally_\(family.name) \(family.type)")
      lines += samples
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private struct Sample {
    /// Beside those of the app.
    var label: (name: String, value: String)?
    var value: String
  }

  private struct Family {
    var name: String
    /// `gauge` or `counter`.
    var type: String
    var help: String
    var samples: @Sendable (StatusSummary.AppStatus) -> [Sample]

    init(
      _ name: String, _ help: String, type: String = "gauge",
      samples: @escaping @Sendable (StatusSummary.AppStatus) -> [Sample]
    ) {
      (self.name, self.type, self.help, self.samples) = (name, type, help, samples)
    }

    /// Of one value, or none.
    init(
      _ name: String, _ help: String, type: String = "gauge",
      value: @escaping @Sendable (StatusSummary.AppStatus) -> String?
    ) {
      self.init(name, help, type: type, samples: { value($0).map { [Sample(value: $0)] } ?? [] })
    }
  }

  private static let families: [Family] = [
    Family(
      "last_import_start_timestamp_seconds", "When the last import began.",
      value: { $0.lastImport.map { seconds($0.started) } }),
    Family(
      "last_import_end_timestamp_seconds",
      "When the last import ended; absent while it runs and if it was killed.",
      value: { $0.lastImport?.finished.map(seconds) }),
    Family(
      "last_import_exit_status", "The exit status of the last import; absent likewise.",
      value: { $0.lastImport?.exitStatus.map { "\($0)" } }),
    Family(
      "last_import_state", "Whether the last import is running, has ended, or was killed.",
      samples: { app in
        guard let run = app.lastImport else { return [] }
        return StatusSummary.Run.State.allCases.map { state in
          Sample(label: ("state", state.rawValue), value: run.state == state ? "1" : "0")
        }
      }),
    Family(
      "last_import_success_timestamp_seconds", "When an import last ended with exit status 0.",
      value: { $0.lastSuccess.map(seconds) }),
    Family(
      "last_import_lines", "Lines that the last import read.",
      value: { $0.lastImport.map { "\($0.lines)" } }),
    Family(
      "last_import_requests", "Requests that the last import counted.",
      value: { $0.lastImport.map { "\($0.requests)" } }),
    Family(
      "last_import_bytes", "Bytes that the last import read.",
      value: { $0.lastImport.map { "\($0.bytesRead)" } }),
    Family(
      "messages",
      "Messages in the outbox: to be sent, refused by the hub, or perhaps taken by it.",
      samples: { app in
        [
          Sample(label: ("state", "waiting"), value: "\(app.waiting)"),
          Sample(label: ("state", "refused"), value: "\(app.refused)"),
          Sample(label: ("state", "uncertain"), value: "\(app.uncertain)"),
        ]
      }),
    Family(
      "messages_delivered_total", "Messages that the hub has accepted.", type: "counter",
      value: { "\($0.delivered)" }),
    Family("sources", "Sources in the ledger.", value: { "\($0.sources)" }),
    Family(
      "newest_request_timestamp_seconds", "When the newest request that was imported began.",
      value: { $0.newestRequest.map(seconds) }),
  ]

  private static func seconds(_ moment: Int64) -> String {
    decimal(Double(moment) / 1e9, places: 3)
  }

  private func labels(
    _ app: StatusSummary.AppStatus, _ further: (name: String, value: String)?
  ) -> String {
    var labels = [
      ("client_id", app.clientID), ("env", app.environment), ("hub", app.hub),
    ]
    if let further { labels.append(further) }
    return labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
  }

  /// A label's value: a backslash, a quote and a line feed are escaped. Other characters stand for
  /// themselves, but those that a terminal would act on are not written as they are.
  private func escaped(_ value: String) -> String {
    var text = ""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "\n": text += "\\n"
      default: text += terminalSafe(String(scalar)).replacing("\\", with: "\\\\")
      }
    }
    return text
  }
}
