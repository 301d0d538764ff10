import Foundation
import HummingbirdCore
import SwiftProtobuf
import TelemetryDecoding
import Testing

@testable import HubServing

/// Errors that an application reports by OTLP.
struct TelemetryErrorTests {
  private static let nanosecond: UInt64 = 1_795_425_037_017_313_861

  private static func list(_ pairs: [OTLPKeyValue]) -> OTLPAnyValue {
    .with { $0.kvlistValue.values = pairs }
  }

  private static func count(_ count: Int64, of consumer: String?) -> OTLPAnyValue {
    list(
      [TelemetryParts.pair("count", count)]
        + (consumer.map { [TelemetryParts.pair("consumer", $0)] } ?? []))
  }

  private static func event(
    _ kind: String, _ texts: [(String, String)], _ counts: [OTLPAnyValue]
  ) -> OTLPLogRecord {
    .with {
      $0.eventName = "apitally.request.\(kind)"
      $0.timeUnixNano = nanosecond
      $0.body = list(
        texts.map { TelemetryParts.pair($0.0, $0.1) } + [
          .with {
            $0.key = "counts"
            $0.value.arrayValue.values = counts
          }
        ])
    }
  }

  private static func message(
    _ records: [OTLPLogRecord], distro: String = "apitally-python", digest: UInt8 = 1
  ) throws -> TelemetryMessage {
    let request = OTLPLogsRequest.with {
      $0.resourceLogs = [
        .with {
          $0.resource = TelemetryParts.resource(distro: distro)
          $0.scopeLogs = [
            .with {
              $0.scope.name = "apitally"
              $0.logRecords = records
            }
          ]
        }
      ]
    }
    return try TelemetryInspection.message(
      request.serializedBytes(), .logs, digest: [digest], environment: "prod")
  }

  private static func query() throws -> ViewQuery {
    var query = try ViewQuery(FlatDictionary(), now: Date(timeIntervalSince1970: 1_000_000))
    query.span = 1_795_420_000..<1_795_430_000
    return query
  }

  private static let failure = [
    ("method", "GET"), ("path", "/error/{kind}"), ("type", "builtins.ValueError"),
    ("message", "<b>no</b>"), ("stacktrace", "Traceback (most recent call last):\n  …"),
  ]

  @Test func `errors are shown with tracebacks and places, and counted by consumer`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    let records = [
      Self.event("server_error", Self.failure, [Self.count(2, of: nil), Self.count(3, of: "a")]),
      Self.event(
        "validation_error",
        [
          ("method", "POST"), ("path", "/items"), ("source", "body"), ("field", "item.name"),
          ("message", "Field required"), ("type", "missing"),
        ], [Self.count(1, of: "b")]),
    ]
    for digest: UInt8 in [1, 2, 2] {
      _ = try await store.keep(try Self.message(records, digest: digest), from: origin)
    }
    let answer = try await store.reports(of: origin, Self.query())
    #expect(
      answer.contains(
        #""reports":[{"kind":"server","method":"GET","path":"/error/{kind}","type":"builtins.ValueError","#
          + #""message":"<b>no</b>","traceback":"Traceback (most recent call last):\u000a  …","count":10,"consumers":1,"#
      ), "\(answer)")
    #expect(
      answer.contains(
        #"{"kind":"validation","method":"POST","path":"/items","type":"missing","message":"Field required","#
          + #""location":"body.item.name","count":2,"consumers":1,"#), "\(answer)")
  }

  @Test func `an error without what it is known by is refused`() throws {
    for missing in ["method", "path", "type"] {
      let texts = Self.failure.filter { $0.0 != missing }
      #expect(throws: InvalidMessage.self) {
        try Self.message([Self.event("server_error", texts, [Self.count(1, of: nil)])])
      }
    }
    for counts in [[], [Self.count(0, of: nil)], [Self.count(-1, of: "a")], [OTLPAnyValue()]] {
      #expect(throws: InvalidMessage.self) {
        try Self.message([Self.event("server_error", Self.failure, counts)])
      }
    }
  }

  @Test func `backtally itself sends no errors by OTLP`() {
    #expect(throws: InvalidMessage.self) {
      try Self.message(
        [Self.event("server_error", Self.failure, [Self.count(1, of: nil)])], distro: "backtally")
    }
  }

  @Test func `a count stops at the largest number`() async throws {
    let store = try HubStore(path: nil)
    let origin = try #require(Origin(clientID: Messages.clientID, env: "prod"))
    for digest: UInt8 in 1...3 {
      let record = Self.event("server_error", Self.failure, [Self.count(.max, of: nil)])
      _ = try await store.keep(try Self.message([record], digest: digest), from: origin)
    }
    let answer = try await store.reports(of: origin, Self.query())
    #expect(answer.contains(#""count":9223372036854775807,"#), "\(answer)")
  }
}
