import Testing

@testable import HubServing

struct LogFileTests {
  @Test(arguments: [
    Bend("as recorded", "acme", "acme"),
    Bend("a request that matched no route", #""path":"/users","#, ""),
    Bend(
      "an exception", #"{"uuid""#,
      #"{"exception":{"type":"T","message":"m","traceback":"t"},"uuid""#),
    Bend("unknown keys", #"{"uuid""#, #"{"new":1,"uuid""#),
    Bend("a method as the client sent it", #""POST""#, #""get""#),
    Bend("no uuid", #""uuid""#, #""id""#, "body.0.uuid: required [missing]"),
    Bend(
      "no timestamp", #""timestamp""#, #""time""#, "body.0.request.timestamp: required [missing]"),
    Bend(
      "OPTIONS", #""POST""#, #""OPTIONS""#,
      "body.0.request.method: not an HTTP method that is logged [value_error]"),
    Bend(
      "a URL without host", "http://api.example.test/users", "/users",
      "body.0.request.url: not an absolute http or https URL [value_error]"),
    Bend(
      "headers as an object", #"[["host","api.example.test"]]"#, #"{"host":"a"}"#,
      "body.0.request.headers: expected a list, found an object [type_error]"),
    Bend(
      "a header without value", #"["host","api.example.test"]"#, #"["host"]"#,
      "body.0.request.headers.0: not a pair of name and value [value_error]"),
    Bend(
      "a header whose value is a number", #""51""#, "51",
      "body.0.response.headers.0.1: expected a string, found an integer [type_error]"),
    Bend(
      "a size with a fraction", #""size":80"#, #""size":80.5"#,
      "body.0.request.size: expected an integer, found a number [type_error]"),
    Bend(
      "a negative duration", "0.014657", "-0.1",
      "body.0.response.response_time: less than 0 [value_error]"),
    Bend(
      "no status", #""status_code":201,"#, "", "body.0.response.status_code: required [missing]"),
    Bend("no response", #""response":"#, #""answer":"#, "body.0.response: required [missing]"),
    Bend(
      "a truncated line", #""size":51}}"#, #""size":51}"#,
      "body.0.329: unexpected end [json_invalid]"),
  ])
  func `a bent item is taken, or refused with the reason`(_ bend: Bend) throws {
    let text = try #require(bend.bent(Messages.logItem))
    let found = complaints { () throws(InvalidMessage) in
      _ = try LogFile(uuid: Messages.messageUUID, lines: Array(text.utf8))
    }
    #expect(found == bend.complaints)
  }

  @Test(arguments: ["", "\n"])
  func `lines are kept as they were sent, whether or not the last has a terminator`(
    _ end: String
  ) throws {
    let second = Messages.logItem.replacing("ba145f21", with: "ba145f22").replacing(
      ":", with: " : ")
    let file = try LogFile(
      uuid: Messages.messageUUID,
      lines: Array("\(Messages.logItem)\n\(second.replacing("http : ", with: "http:"))\(end)".utf8))
    #expect(
      file.items.map(\.uuid) == [
        "ba145f21-cef0-4779-ba79-94a1369ca1f1", "ba145f22-cef0-4779-ba79-94a1369ca1f1",
      ])
    #expect(file.items.first?.line == Messages.logItem)
    #expect(file.items.last?.line == second.replacing("http : ", with: "http:"))
  }

  @Test(arguments: [
    ("", "body: a file must contain at least one item [missing]"),
    ("\n", "body.0.0: unexpected end [json_invalid]"),
    ("[]", "body.0: expected an object, found a list [type_error]"),
  ])
  func `a file without items is refused`(lines: String, complaint: String) {
    let found = complaints { () throws(InvalidMessage) in
      _ = try LogFile(uuid: Messages.messageUUID, lines: Array(lines.utf8))
    }
    #expect(found == [complaint])
  }
}
