import Diagnostics
import Testing

struct NumberTextTests {
  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"),
    (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func `thousands are grouped`(number: Int, text: String) {
    #expect(grouped(number) == text)
  }

  @Test(
    arguments: [
      (0, "line", nil, "0 lines"), (1, "line", nil, "1 line"), (1_234, "line", nil, "1,234 lines"),
      (1, "entry", "entries", "1 entry"), (2, "entry", "entries", "2 entries"),
    ] as [(Int, String, String?, String)])
  func `counts go with their noun`(count: Int, noun: String, plural: String?, text: String) {
    #expect(counted(count, noun, plural: plural) == text)
  }

  @Test(arguments: [
    (0.0, 2, "0.00"), (1.005, 1, "1.0"), (0.999, 2, "1.00"), (-2.5, 1, "-2.5"), (12.4, 0, "12"),
  ])
  func `decimals are rounded`(value: Double, places: Int, text: String) {
    #expect(decimal(value, places: places) == text)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01T00:00:00.000"), (-1, "1969-12-31T23:59:59.999"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00.000"),
    (4_107_542_399_999_000_000, "2100-02-28T23:59:59.999"),
    (Int64.max, "2262-04-11T23:47:16.854"),
  ])
  func `moments are written in UTC`(moment: Int64, text: String) {
    #expect(timestamp(moment, separator: "T") == text)
  }
}
