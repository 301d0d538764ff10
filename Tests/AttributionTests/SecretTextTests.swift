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
    // Names and values in other grammars.
    ("{'token':'S'}", "{'token':'******'}"), (#"{password: "S"}"#, #"{password: "******"}"#),
    ("X-Api-Key: S1, b", "X-Api-Key: ******, b"), ("password = S", "password = ******"),
    ("Authorization: Basic YTpi x", "Authorization: ****** x"),
    ("<password>S</password>", "<password>******</password>"),
    (#"<a pin="S"/>"#, "<a pin=******/>"), (#"{"tokens":["S","T"]}"#, #"{"tokens":[******]}"#),
    (#"{"token":"a\"S"}"#, #"{"token":"******"}"#), (#"token=\"S\" x"#, "token=****** x"),
    ("token=a,S&b=1", "token=******&b=1"), ("token=a, b", "token=******, b"),
    ("token=a;b=S", "token=******;b=S"), ("token='a S' b", "token=****** b"),
    ("/v1/token:refresh", "/v1/token:refresh"), ("/v1/token:s3cr3t-key", "/v1/token:******"),
    ("/x?user[password]=S", "/x?user[password]=******"),
    ("/x?user%5Bpin%5D=S", "/x?user%5Bpin%5D=******"),
    ("Server=a;Password=S;B=1", "Server=a;Password=******;B=1"),
    // Schemes.
    ("Bearer\tS", "Bearer\t******"), ("x, bearer\u{A0}S", "x, bearer\u{A0}******"),
    ("/x?h=Bearer%20S", "/x?h=Bearer%20******"), ("/x?h=bearer+S&b", "/x?h=bearer+******"),
    ("use basic instructions", "use basic instructions"),
    ("a Basic YWRhOnNlY3JldDE=", "a Basic ******"),
    // Tokens that show what they are.
    ("k ghp_abcdefghij0123456789 x", "k ****** x"), ("xoxb-1234567890-abc", "******"),
    ("sk_live_0123456789ab", "******"), ("AKIA0123456789ABCDEF", "******"),
    ("sk-short", "sk-short"),
    ("npm_and_yarn_are_tools", "npm_and_yarn_are_tools"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA", "******-----END RSA"),
    ("-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"),
    // Addresses.
    ("mail jane@example.com.", "mail ******."), ("a%40b.test", "******"), ("a@b", "a@b"),
    ("?u=//ada:pw@db/", "?u=//******@db/"), ("//host/a@b", "//host/a@b"),
    ("https://jane:pw@mail.test/x", "https://******@mail.test/x"),
    // Encoded, more than once, or in base64.
    ("/x?a=%7B%22token%22%3A%22S%22%7D&b=1", "/x?a=******&b=1"),
    ("/x?a=%257B%2522token%2522%253A%2522S%2522%257D", "/x?a=******"),
    ("/x?a=%252Fcb%253Ftoken%253DS", "/x?a=******"),
    ("/x?a=%7B%22page%22%3A1%7D", "/x?a=%7B%22page%22%3A1%7D"),
    ("/x?d=eyJ0b2tlbiI6IlNFS1JFVCJ9", "/x?d=******"),
    ("/x?d=eyJwYWdlIjoxMjM0NTZ9", "/x?d=eyJwYWdlIjoxMjM0NTZ9"),
    ("100%25%2", "100%25%2"),
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
    for sign in [
      ":", "@", "a@", "a%40", "//", "<a>", ">", "a:", "token:", "token=", "-----BEGIN PRIVATE",
      "ey",
      "eyJhYWFhYWFhYWFhYWFhYWFh", "%25", "%253D", "ghp_", "'", "\\\"", "a,", "token=a,", "'a':'",
      "bearer+", "basic ", "basic+", "token:", "eyJa/", "ewJa.", "sk-a.", "a=basic ", "<token>",
      "//a:", "token=[", "token:[", "\"token\":[",
    ] {
      _ = SecretText.masked(String(repeating: sign, count: 20_000))
    }
    for sign in ["=", "\"", "\":\"", "eyJ", "%3D", "://", "a=", "\"a\":", "bearer ", "eyJ."] {
      _ = SecretText.masked(String(repeating: sign, count: 20_000))
    }
  }
}
