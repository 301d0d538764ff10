import Addressing
import Testing

struct EnvelopeTests {
  @Test func `an app is shown as its client ID and environment`() {
    #expect(App(clientID: "76b5cb91", environment: "prod").text == "76b5cb91/prod")
  }

  @Test(arguments: [
    [],
    [Envelope.Header("Content-Type", "application/json")],
    [
      .contentType("application/x-protobuf"), .init("Content-Encoding", "gzip"), .init("X", "a: b"),
    ],
    [.init("X-Empty", "")],
  ])
  func `headers are read back from their text`(headers: [Envelope.Header]) {
    let text = Envelope(path: "/", headers: headers).headerText
    #expect(Envelope.headers(from: text) == headers)
  }

  @Test(arguments: ["no colon", "X:y", ": value", "A b: c", "X: \u{7}", "X: ü", "X: y\nbroken"])
  func `a text that holds anything else is refused`(text: String) {
    #expect(Envelope.headers(from: text) == nil)
  }
}
