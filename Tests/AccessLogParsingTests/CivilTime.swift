import Foundation

/// A moment in UTC as the C library's calendar tells it.
struct CivilTime: Equatable {
  var year: Int
  var month: Int
  var day: Int
  var hour: Int
  var minute: Int
  var second: Int

  /// From seconds since 1970.
  init(_ moment: Int64) {
    var moment = time_t(moment)
    var parts = unsafe tm()
    unsafe gmtime_r(&moment, &parts)
    unsafe (year, month, day) = (
      Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)
    )
    unsafe (hour, minute, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
  }

  /// Midnight of a date, which need not be one.
  static func midnight(year: Int, month: Int, day: Int) -> (moment: Int64, isDate: Bool) {
    var parts = unsafe tm()
    unsafe parts.tm_year = Int32(year - 1900)
    unsafe parts.tm_mon = Int32(month - 1)
    unsafe parts.tm_mday = Int32(day)
    let moment = unsafe Int64(timegm(&parts))
    return unsafe (moment, Int(parts.tm_mon) == month - 1)
  }

  /// `2026-11-23`
  var date: String { String(format: "%04d-%02d-%02d", year, month, day) }
  /// `09:10:13`
  var time: String { String(format: "%02d:%02d:%02d", hour, minute, second) }
}
