internal import AccessLogParsing
internal import ByteScanning
internal import Foundation
internal import Messaging

/// How many errors of one request are counted.
private let errorLimit = 100

/// The reasons that the line gives for refusing a request, at the first of `paths` that has them: a list of
/// objects with `loc`, `msg` and `type`, an object that has such a list under `detail`, or one of
/// these as text. Nothing if it is of another shape.
func validationErrors(
  in bytes: borrowing Span<UInt8>, line: Range<Int>, at paths: [String]
) -> [LoggedValidationError] {
  for path in paths {
    guard let range = JSONMembers.value(at: path, of: bytes, line: line) else { continue }
    var text = OwnedBuffer<UInt8>(capacity: max(range.count, 16))
    if bytes[range.lowerBound] == UInt8(ascii: "\""), range.count >= 2 {
      let slice = FieldSlice(range.lowerBound + 1..<range.upperBound - 1, isEscaped: true)
      Unescaping.append(slice, of: bytes, to: &text)
    } else {
      text.append(bytes.extracting(range))
    }
    return errors(of: text.span.copied())
  }
  return []
}

private func errors(of json: [UInt8]) -> [LoggedValidationError] {
  // Bytes that are not UTF-8 are replaced, as elsewhere.
  let text = Data(String(decoding: json, as: UTF8.self).utf8)
  let value = try? JSONSerialization.jsonObject(with: text)
  let list = value as? [Any] ?? (value as? [String: Any])?["detail"] as? [Any] ?? []
  return list.prefix(errorLimit).compactMap { element in
    guard let error = element as? [String: Any], let location = error["loc"] as? [Any],
      let message = error["msg"] as? String, let type = error["type"] as? String
    else { return nil }
    let steps = location.compactMap { step in
      (step as? String) ?? (step as? NSNumber)?.stringValue
    }
    return LoggedValidationError(location: steps, message: message, type: type)
  }
}
