/// The findings as one JSON object.
extension Inspection {
  package var json: String {
    jsonObject([
      (
        "limit",
        limit.map { jsonObject([("lines", "\($0.lineCount)"), ("bytes", "\($0.byteCount)")]) }
      ),
      ("formats", jsonArray(groups) { $0.json }),
    ])
  }
}

extension FormatFindings {
  fileprivate var json: String {
    jsonObject([
      ("format", formatName.map(jsonString)), ("guess", "\(isGuess)"),
      ("sources", jsonArray(sources) { $0.json }),
      (
        "lines",
        jsonObject([
          ("read", "\(linesRead)"), ("tallied", "\(linesTallied)"),
          ("left_out", jsonArray(leftOut) { $0.json }),
        ])
      ),
      ("parts", jsonArray(parts) { $0.json }),
      ("other_fields", jsonArray(otherFields) { $0.json }),
      ("clock", clock?.json),
      ("duration", duration?.json),
      ("sizes", jsonArray(sizes) { $0.json }),
      ("samples", jsonArray(samples) { $0.json }),
      ("consumers", consumers.json),
      ("routes", routes.json),
      ("missing", jsonArray(missing) { jsonString($0.rawValue) }),
    ])
  }
}

extension SourceFindings {
  fileprivate var json: String {
    jsonObject([
      ("path", jsonString(path)), ("lines", "\(linesRead)"), ("bytes", "\(bytesUncompressed)"),
      ("complete", "\(isComplete)"), ("rejected", "\(rejectedCount)"),
      (
        "scores",
        jsonArray(scores) {
          jsonObject([
            ("format", jsonString($0.formatName)), ("read", "\($0.read.count)"),
            ("of", "\($0.read.total)"),
          ])
        }
      ),
    ])
  }
}

extension PartFindings {
  fileprivate var json: String {
    jsonObject([
      ("part", jsonString(name)), ("field", field.map(jsonString)), ("lines", "\(lineCount)"),
      ("unit", unit.map(jsonString)), ("example", example.map(jsonString)),
    ])
  }
}

extension FieldFindings {
  fileprivate var json: String {
    jsonObject([
      ("field", jsonString(name)), ("lines", "\(lineCount)"), ("distinct", "\(distinct.count)"),
      ("of", "\(distinct.total)"), ("consumer_like", "\(isConsumerLike)"),
      ("nearly_unique", "\(isNearlyUnique)"), ("example", example.map(jsonString)),
    ])
  }
}

extension ClockFindings {
  fileprivate var json: String {
    jsonObject([
      ("shapes", jsonArray(shapes) { $0.json }), ("moment", jsonString(moment)),
      ("moved", "\(movedCount)"), ("backwards", "\(backwards.count)"),
      ("first_request", jsonInstant(first)), ("last_request", jsonInstant(last)),
    ])
  }
}

extension DurationFindings {
  fileprivate var json: String {
    jsonObject([
      ("field", jsonString(field)), ("unit", jsonString(unit)),
      ("authority", jsonString(authority.rawValue)), ("present", "\(present.count)"),
      ("median_ns", "\(median)"), ("p99_ns", "\(percentile99)"), ("longest_ns", "\(longest)"),
    ])
  }
}

extension SizeFindings {
  fileprivate var json: String {
    jsonObject([
      ("part", jsonString(part)), ("field", jsonString(field)),
      ("meaning", jsonString(meaning.rawValue)),
      ("bodiless", "\(bodiless.total)"), ("bodiless_with_size", "\(bodiless.count)"),
    ])
  }
}

extension SampleRecord {
  fileprivate var json: String {
    jsonObject([
      ("path", jsonString(path)), ("line", "\(lineNumber)"), ("start", jsonInstant(start)),
      ("method", jsonString(method)), ("route", jsonString(route)), ("status", "\(status)"),
      ("consumer", consumer.map(jsonString)), ("duration_ns", duration.map { "\($0)" }),
      ("request_size", requestSize.map { "\($0)" }),
      ("response_size", responseSize.map { "\($0)" }),
    ])
  }
}

extension Occurrence {
  fileprivate var json: String {
    jsonObject([
      ("name", jsonString(name)), ("count", "\(count)"), ("example", example.map(jsonString)),
    ])
  }
}

extension ConsumerFindings {
  fileprivate var json: String {
    jsonObject([
      ("fields", jsonArray(fields, jsonString)), ("count", "\(count)"),
      ("requests", "\(requests.count)"), ("nearly_unique", "\(isNearlyUnique)"),
      ("top", jsonArray(top) { $0.json }),
    ])
  }
}

extension RouteFindings {
  fileprivate var json: String {
    jsonObject([
      ("origin", jsonString(origin.rawValue)), ("count", "\(count)"),
      ("unmatched", "\(unmatchedCount)"),
      ("top", jsonArray(top) { $0.json }),
    ])
  }
}

extension LeftOutFindings {
  fileprivate var json: String {
    jsonObject([
      ("reason", jsonString(reason)), ("count", "\(count)"), ("rejected", "\(isRejection)"),
      (
        "example",
        example.map {
          jsonObject([
            ("path", jsonString($0.path)), ("line", "\($0.lineNumber)"),
            ("byte", "\($0.byteOffset)"), ("text", jsonString($0.line)),
          ])
        }
      ),
    ])
  }
}

/// An object with these `fields`; nil becomes null.
private func jsonObject(_ fields: [(name: String, value: String?)]) -> String {
  "{" + fields.map { "\(jsonString($0.name)):\($0.value ?? "null")" }.joined(separator: ",") + "}"
}

private func jsonArray<Element>(_ elements: [Element], _ body: (Element) -> String) -> String {
  "[" + elements.map(body).joined(separator: ",") + "]"
}
