/// One reason why a message is refused, in the form of the response's `detail` list.
package struct Complaint: Equatable, Sendable {
  package enum Step: Equatable, Sendable {
    case name(String)
    /// An index into a list, or the byte offset of a syntax error.
    case index(Int)
  }

  /// The machine-readable class of a complaint; the names are pydantic's where it has one.
  package enum Kind: String, Sendable {
    case jsonInvalid = "json_invalid"
    case gzipInvalid = "gzip_invalid"
    case missing
    case wrongType = "type_error"
    case wrongValue = "value_error"
    case duplicate
    case unknownKey = "extra_forbidden"
    case inconsistent
  }

  /// Where in the request the problem is: `["body", "requests", 0, "status_code"]`.
  package var location: [Step]
  package var message: String
  package var kind: Kind

  /// The body of the 422 response.
  static func answer(_ complaints: [Complaint]) -> String {
    var json = JSONWriting()
    json.object { json in
      json.member("detail") { json in
        json.list(complaints) { json, complaint in complaint.write(to: &json) }
      }
    }
    return json.text
  }

  private func write(to json: inout JSONWriting) {
    json.object { json in
      json.member("loc") { json in
        json.list(location) { json, step in
          switch step {
          case .name(let name): json.string(name)
          case .index(let index): json.raw(String(index))
          }
        }
      }
      json.member("msg", message)
      json.member("type", kind.rawValue)
    }
  }
}

/// A message that the hub refuses; carries at least one complaint.
package struct InvalidMessage: Error, Equatable, Sendable {
  package var complaints: [Complaint]
}
