import Delivery
import Testing

struct RetryAfterTests {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`, the example of RFC 9110.
  static let example: Int64 = 784_111_777

  @Test(arguments: [
    ("0", 0), ("120", 120), (" 7\t", 7), ("007", 7), ("999999999", 999_999_999),
    ("99999999999999999999999", 999_999_999),
  ])
  func `a number is seconds`(header: String, seconds: Int) {
    #expect(retryAfter(header, now: 0) == .seconds(seconds))
  }

  @Test(arguments: [
    ("Sun, 06 Nov 1994 08:49:37 GMT", example),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
    ("Fri, 31 Dec 1999 23:59:60 GMT", 946_684_800),
    ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
    ("Sat, 28 Feb 2026 23:59:59 GMT", 1_772_323_199),
  ])
  func `a date is measured from now`(header: String, date: Int64) {
    #expect(retryAfter(header, now: date - 30) == .seconds(30))
    #expect(retryAfter(header, now: date) == .zero)
    #expect(retryAfter(header, now: date + 30) == .zero)
  }

  @Test(arguments: [
    "", " ", "-1", "+1", "1.5", "1e3", "soon", "12 s", "٣",
    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37", "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nox 1994 08:49:37 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 0x Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, 3",
  ])
  func `anything else is no wish at all`(header: String) {
    #expect(retryAfter(header, now: 0) == nil)
  }
}
