/// What to put into a server's configuration so that its log contains everything an import can use.
package struct LogAdvice: Equatable, Sendable {
  package enum Server: String, CaseIterable, Sendable {
    case nginx
    case apache = "Apache"
  }

  package var server: Server

  package init(server: Server) { self.server = server }

  /// The lines for the server's configuration.
  package var configuration: String {
    switch server {
    case .nginx:
      #"""
      log_format api escape=json
        '{"msec":$msec,"request_method":"$request_method","request_uri":"$request_uri",'
        '"status":$status,"content_length":"$content_length","body_bytes_sent":$body_bytes_sent,'
        '"request_time":$request_time,"upstream_response_time":"$upstream_response_time",'
        '"remote_user":"$remote_user","api_key":"$http_x_api_key"}';
      access_log /var/log/nginx/api.log api;
      """#
    case .apache:
      #"""
      LogFormat "{\"time\":\"%{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t%{%z}t\",\"request\":\"%r\",\
      \"status\":%>s,\"request_size\":\"%{Content-Length}i\",\"response_size\":%B,\
      \"duration\":%D,\"remote_user\":\"%u\",\"api_key\":\"%{X-API-Key}i\"}" api
      CustomLog ${APACHE_LOG_DIR}/api.log api
      """#
    }
  }

  /// What the importer's own configuration then needs, where the log alone is not enough.
  package var importConfiguration: String? {
    switch server {
    case .nginx: nil
    case .apache:
      """
      format:
        type: json
        fields:
          time: time
          request: request
          status: status
          request_size: request_size
          response_size: response_size
          duration: {field: duration, unit: us}
        time_is: start
      consumers:
        - field: api_key
          pattern: '^(..+)$'    # Apache writes - if there is none
          hash: sha256
        - field: remote_user
          pattern: '^(..+)$'
      """
    }
  }

  func lines(_ style: TextStyle) -> [String] {
    let rows = configuration.split(separator: "\n").map { "  " + $0 }
    let title = "For \(server.rawValue), a log with everything"
    guard let importConfiguration else { return [style.heading(title)] + rows }
    let own = importConfiguration.split(separator: "\n").map { "  " + $0 }
    return [style.heading(title)] + rows + ["and in backtally.yaml"] + own
  }
}
