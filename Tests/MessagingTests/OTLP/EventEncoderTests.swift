import Addressing
import Attribution
import Foundation
import Messaging
import SwiftProtobuf
import TelemetryDecoding
import TestSupport
import Testing

struct EventEncoderTests {
  private let encoder = EventEncoder(MetricsHarness.source)

  private func records(_ message: HubMessage) throws -> [OTLPLogRecord] {
    let request = try OTLPLogsRequest(serializedBytes: message.body)
    let bytes: [UInt8] = try request.serializedBytes()
    #expect(bytes == message.body)
    #expect(message.envelope.path == "/v1/logs")
    #expect(request.resourceLogs.flatMap(\.scopeLogs).map(\.scope.name) == ["apitally"])
    return request.resourceLogs.flatMap(\.scopeLogs).flatMap(\.logRecords)
  }

  @Test func `a consumer's name and group are key and value, and what is absent is absent`() throws
  {
    var generator = SeededGenerator(seed: 1)
    let messages = encoder.messages(
      [
        ("a", ConsumerDetails(name: "Ann", group: nil)),
        ("b", ConsumerDetails(name: "Bé", group: "g")),
      ], at: 1_795_425_060_000_000_000, using: &generator)
    try #require(messages.count == 1)
    let found = try records(messages[0])
    #expect(found.map(\.eventName) == Array(repeating: "apitally.consumer.update", count: 2))
    #expect(
      found.map(\.body.kvlistValue.values.text) == [
        ["identifier=a", "name=Ann"], ["identifier=b", "name=Bé", "group=g"],
      ])
    #expect(found.allSatisfy { $0.timeUnixNano == 1_795_425_060_000_000_000 })
    #expect(found.allSatisfy { $0.observedTimeUnixNano == 1_795_425_060_000_000_000 })
  }

  @Test func `the startup event is JSON in a text`() throws {
    var generator = SeededGenerator(seed: 1)
    let facts = StartupFacts(
      routes: [
        KnownRoute(method: "GET", template: "/users/{id:int}"),
        KnownRoute(method: "HEAD", template: "/users/{id:int}"),
        KnownRoute(method: "POST", template: "/users"),
      ], versions: [("backtally", "1.2.3"), ("app", "7")], client: "python:starlette",
      openAPI: "{}")
    let message = encoder.message(facts, at: 5, using: &generator)
    let record = try #require(records(message).first)
    #expect(record.eventName == "apitally.app.startup")
    #expect(
      record.body.stringValue
        == #"{"framework":"starlette","versions":{"backtally":"1.2.3","app":"7"},"#
        + #""paths":[{"method":"GET","path":"/users/{id}"},{"method":"POST","path":"/users"}],"#
        + #""openapi":"{}"}"#)
    let other = encoder.message(facts, at: 6, using: &generator)
    #expect(message.contentDigest == other.contentDigest)
    #expect(message.contentDigest != nil)
  }
}
