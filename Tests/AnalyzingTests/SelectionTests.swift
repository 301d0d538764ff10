import Testing

@testable import Analyzing

struct SelectionTests {
  @Test(arguments: [
    ("/v1/*", "/v1/users", true), ("/v1/*", "/v1/users/{id}", false),
    ("/v1/**", "/v1/users/{id}", true), ("**", "/", true), ("*", "", true), ("", "/", false),
    ("/v1/*/{id}", "/v1/users/{id}", true), ("/v1/*/{id}", "/v1/users/x", false),
    ("**/history", "/v1/orders/{id}/history", true), ("/a**b", "/ab", true),
    ("/a*b*c", "/abxbxc", true), ("/{id}", "/{id}", true), ("/***", "/x/y", true),
  ])
  func `a star is anything but a slash, two are anything`(
    glob: String, route: String, isMatch: Bool
  ) {
    #expect(RouteGlob(glob).matches(route) == isMatch)
  }

  @Test(
    arguments: [
      ("404", 404...404), ("5xx", 500...599), ("4XX", 400...499), ("999", 999...999),
    ] as [(String, ClosedRange<UInt16>)])
  func `a status is a number or a class`(text: String, range: ClosedRange<UInt16>) {
    #expect(Selection.StatusRange(text)?.range == range)
  }

  @Test(arguments: ["", "40", "4x", "xxx", "4004", "0xx", "4x4", "-04", "+44"])
  func `what is neither is refused`(text: String) {
    #expect(Selection.StatusRange(text) == nil)
  }
}
