import AccessLogParsing

/// A server whose own format strings are understood.
enum FormatServer: String, CaseIterable {
  case nginx, apache

  func format(of text: String) throws(FormatStringError) -> LogFormat {
    switch self {
    case .nginx: try NginxFormatString.format(of: text)
    case .apache: try ApacheFormatString.format(of: text)
    }
  }
}
