import Addressing
import Attribution
import Foundation
import Messaging
import Tallying
import TestSupport
import Testing

struct DetailEncoderTests {
  private let names = RunNames(routeLimit: 10)
  private var encoder: DetailEncoder {
    DetailEncoder(app: SyncHarness.app, width: BucketWidth(seconds: 60), names: names)
  }

  private func request(_ consumer: String?) -> AttributedRequest {
    AttributedRequest(
      consumer: consumer.flatMap { names.consumers.id(for: $0) } ?? 0,
      method: names.methods.id(for: "POST") ?? 0, route: names.routes.id(for: "/a/{b}") ?? 0)
  }

  private func text(_ message: HubMessage) -> String {
    String(decoding: message.body, as: UTF8.self)
      .replacing(/"(instance|message)_uuid":"[0-9a-f-]{36}",?/, with: "")
  }

  @Test func `errors are counted by bucket, and spelled as the middleware spells them`() throws {
    var tallies = ErrorTallies()
    let exception = try #require(LoggedException(type: "E", message: " m ", traceback: "t\n"))
    let error = LoggedValidationError(location: ["body", "0"], message: "msg", type: "missing")
    tallies.count(exception, of: request("acme"), in: 2)
    tallies.count(error, of: request(nil), in: 1)
    var more = ErrorTallies()
    more.count(exception, of: request("acme"), in: 2)
    tallies.merge(more)
    var generator = SeededGenerator(seed: 1)
    let messages = encoder.messages(tallies, using: &generator)
    #expect(
      messages.map(text) == [
        #"{"timestamp":119.999,"requests":[],"validation_errors":[{"consumer":null,"#
          + #""method":"POST","path":"/a/{b}","loc":["body","0"],"msg":"msg","type":"missing","#
          + #""error_count":1}],"server_errors":[],"consumers":[],"resources":null}"#,
        #"{"timestamp":179.999,"requests":[],"validation_errors":[],"server_errors":[{"#
          + #""consumer":"acme","method":"POST","path":"/a/{b}","type":"E","msg":"m","#
          + #""traceback":"t","sentry_event_id":null,"error_count":2}],"consumers":[],"#
          + #""resources":null}"#,
      ])
  }

  @Test func `names of consumers make messages of at most a megabyte`() throws {
    let name = String(repeating: "\"", count: 64)
    let consumers = (0..<8000).map {
      (identifier: "c\($0)", details: ConsumerDetails(name: name, group: nil))
    }
    var generator = SeededGenerator(seed: 2)
    let messages = encoder.messages(consumers, bucket: 0, using: &generator)
    #expect(messages.count == 2)
    #expect(messages.allSatisfy { $0.body.count <= 1_000_000 })
    #expect(text(messages[0]).contains(#"{"identifier":"c0","name":"\"\""#))
    let count = messages.reduce(0) { $0 + text($1).matches(of: /"identifier"/).count }
    #expect(count == 8000)
  }

  @Test(arguments: [
    (2048, 2048, false), (2049, 2048, true), (5000, 2048, true),
  ])
  func `a message is cut to 2,048 characters`(_ count: Int, _ kept: Int, _ isCut: Bool) throws {
    let text = String(repeating: "é", count: count)
    let exception = try #require(LoggedException(type: "E", message: text, traceback: ""))
    #expect(exception.message.unicodeScalars.count == kept)
    #expect(exception.message.hasSuffix("... (truncated)") == isCut)
  }

  @Test func `of a traceback the last lines are kept, which say what went wrong`() throws {
    let lines = (0..<10_000).map { "  File \"app.py\", line \($0)" }
    let text = lines.joined(separator: "\n") + "\nValueError: no\n"
    let exception = try #require(LoggedException(type: "E", message: "", traceback: text))
    #expect(exception.traceback.unicodeScalars.count <= 65_536)
    #expect(exception.traceback.hasPrefix("... (truncated) ...\n  File"))
    #expect(exception.traceback.hasSuffix("line 9999\nValueError: no"))
    let short = try #require(LoggedException(type: "E", message: "", traceback: " a\n"))
    #expect(short.traceback == "a")
    #expect(LoggedException(type: " ", message: "m", traceback: "") == nil)
  }
}
