import Attribution
import TestSupport
import Testing

struct SecretTextTests {
  private static let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2VjcmV0c2ln"

  @Test(arguments: [
    ("/x?token=S&page=2", "/x?token=******&page=2"), ("/x?a=1&otp=1", "/x?a=1&otp=******"),
    ("/x?PIN=0000", "/x?PIN=******"), ("/x?ticket=ST-12345678", "/x?ticket=******"),
    ("/cb?SAMLResponse=PHNhbWxwOl&RelayState=a", "/cb?SAMLResponse=******&RelayState=a"),
    ("/x?next=%2Fcb%3Ftoken%3DS%26page%3D2", "/x?next=%2Fcb%3Ftoken%3D******%26page%3D2"),
    ("/x?%74oken=S", "/x?%74oken=******"), ("/x;jwt=abcdefgh;b=1", "/x;jwt=******;b=1"),
    ("/x?q=\(jwt)", "/x?q=******"), ("id \(jwt), x", "id ******, x"), ("eyJ.", "eyJ."),
    ("Bearer abc def", "Bearer ****** def"), ("x \"Bearer abc\"", "x \"Bearer ******\""),
    ("token=Bearer abc d", "token=****** d"), (#"{"token": Basic abc}"#, #"{"token": ******}"#),
    ("Bearer Bearer  abc d", "Bearer ****** d"), ("ApiKey abc", "ApiKey ******"),
    ("token abc", "token ******"), ("a token abc", "a token abc"),
    (#"{"password":"S","a":1}"#, #"{"password":"******","a":1}"#),
    (#"{"pin" : 1234, "a": 1}"#, #"{"pin" : ******, "a": 1}"#),
    (#"{"b":"{\"token\":\"S\"}"}"#, #"{"b":"{\"token\":\"******\"}"}"#),
    (#"token="a b", x"#, #"token=******, x"#), ("https://u:p@host/x", "https://******@host/x"),
    ("https://host/a@b", "https://host/a@b"),
    ("/users/42?page=2&sort=name", "/users/42?page=2&sort=name"),
    ("", ""), ("=", "="), ("token=", "token="), ("%3D", "%3D"), ("\"", "\""),
    ("a:\"b\"", "a:\"b\""),
  ])
  func `what is secret in a text is masked`(_ text: String, _ expected: String) {
    #expect(SecretText.masked(text) == expected)
  }

  /// Whatever is around it: a secret under a name that is one never stays.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func `no planted secret passes`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let noise = [
      "&", "?", "=", "%", "%3D", "%26", "\"", ":", " ", "eyJ", ".", "@", "://", ";", "\\", "{", "}",
      "token", "é", "a", "/", "Bearer ", ",", "[", "'",
    ]
    func around() -> String {
      (0..<Int.random(in: 0...12, using: &generator)).reduce(into: "") { text, _ in
        text += noise.randomElement(using: &generator) ?? ""
      }
    }
    let names = ["token", "api_key", "otp", "password", "client_secret", "jwt", "session"]
    let name = names.randomElement(using: &generator) ?? ""
    let secret = "SEKRETvalue\(seed)"
    for planted in [
      "?\(name)=\(secret)&", "?\(name)%3D\(secret)%26", " {\"\(name)\":\"\(secret)\"} ",
    ] {
      let (before, after) = (around(), around())
      // An odd quote before it makes another text of the JSON.
      let text =
        (planted.contains("{") ? before.replacing("\"", with: "") : before) + planted + after
      #expect(!SecretText.masked(text).contains(secret), "\(text)")
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a text of nothing but signs does not cost its square`() {
    for sign in ["=", "\"", "\":\"", "eyJ", "%3D", "://", "a=", "\"a\":", "bearer ", "eyJ."] {
      _ = SecretText.masked(String(repeating: sign, count: 20_000))
    }
  }
}
