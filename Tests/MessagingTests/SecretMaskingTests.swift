import Attribution
import ByteScanning
import Testing

@testable import Messaging

/// What is left of the values of headers, which have no grammar that all of them share.
struct SecretMaskingTests {
  private func masked(_ value: String, hiding names: [String] = []) -> String {
    var text = OwnedBuffer<UInt8>(capacity: 64)
    text.append(value)
    var output = OwnedBuffer<UInt8>(capacity: 64)
    SecretMasking(RequestLogRules(), hiding: names).appendValue(text, to: &output)
    return String(decoding: output.copied(), as: UTF8.self)
  }

  @Test(arguments: [
    ("https://a.test/?token=e0f3&x=1", "https://a.test/?token=******&x=1"),
    ("https://a.test/login?next=%2Fcb%3Ftoken%3Dabcdef12345", "https://a.test/login?next=******"),
    ("https://a.test/login?next=%2Fcb%3Fpage%3D2", "https://a.test/login?next=%2Fcb%3Fpage%3D2"),
    (#"id=1, token="s3cr3t, value", x=2"#, "id=1, token=******, x=2"),
    (#"token="s3cr3t"#, "token=******"), (#"name="x" token"#, #"name="x" token"#),
    (#"x="a=1&token=abc""#, #"x="a=1&token=******""#),
    ("mail jane@example.com now", "mail ****** now"), ("a@b", "a@b"), ("Bearer abc", "******"),
    ("foo Bearer abc", "foo Bearer ******"), ("a=1,Bearer abc", "a=1,Bearer ******"),
    ("token: abc", "token: ******"), ("%7B%22token%22%3A%22abc%22%7D", "******"),
    ("a%3D1%26token%3Dabc", "a%3D1%26token%3D******"),
  ])
  func `secrets in a header's value are masked`(_ value: String, _ expected: String) {
    #expect(masked(value) == expected)
  }

  @Test func `a parameter that a consumer rule hashes is masked by its name`() {
    #expect(
      masked("https://a.test/?customer=42&page=2", hiding: ["customer"])
        == "https://a.test/?customer=******&page=2")
  }

  /// Each sign looks back for its local part: not to the beginning of the line.
  @Test(.timeLimit(.minutes(1)))
  func `a value of nothing but signs does not cost its square`() {
    let value = String(repeating: "a%40", count: 200_000)
    #expect(masked(value) == value)
  }
}
