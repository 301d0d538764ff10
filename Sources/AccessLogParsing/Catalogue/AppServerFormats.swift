/// Formats of text that application servers and frameworks write.
extension FormatCatalogue {
  static let appServerEntries: [CatalogueEntry] = [
    uwsgi("uwsgi", "uWSGI", unit: "ms", word: "msecs"),
    uwsgi("uwsgi-micros", "uWSGI, log-micros", unit: "us", word: "micros"),
    // `%b` is the size of the body, `%T` the time in seconds with six decimals; env_logger, which most
    // use, puts time, level and module before it.
    CatalogueEntry(
      "Actix Web, through env_logger",
      TextLayout(
        "actix",
        "[{time:time} {level} {~}{module}] {remote_addr|remote_address} \"{request:request}\" "
          + "{status:status} {body_bytes_sent:sent} \"{http_referer|referer}\" "
          + "\"{http_user_agent|user_agent}\" {duration:s}", .end),
      source: "https://docs.rs/actix-web/latest/actix_web/middleware/struct.Logger.html"),
    CatalogueEntry(
      "chi, middleware.Logger",
      TextLayout(
        "chi",
        "{time:%Y/%m/%d %T} <?[{request_id}] ?>\"{request:request}\" from "
          + "{remote_addr|remote_address} - {status:status} {bytes:sent}B in {elapsed:s}", .end),
      source: "https://github.com/go-chi/chi/blob/master/middleware/logger.go"),
    CatalogueEntry(
      "Daphne",
      TextLayout(
        "daphne",
        "{remote_addr|remote_address} - - [{time:%d/%b/%Y:%T}] \"{request:request}\" "
          + "{status:status} {content_length:sent}", .end),
      source: "https://github.com/django/daphne/blob/main/daphne/access.py"),
    CatalogueEntry(
      "Granian",
      TextLayout(
        "granian",
        "[{time:%F %T %z}] {remote_addr|remote_address} - \"{request:request}\" {status:status} "
          + "{dt_ms:ms}"),
      source: "https://github.com/emmett-framework/granian#access-log-format"),
    // The version of the protocol has no `HTTP/` before it; the time is that of logging.
    CatalogueEntry(
      "Hypercorn",
      TextLayout(
        "hypercorn",
        "<?[{asctime}] [{process:digits}] [{levelname}] ?>{remote_addr|remote_address} {ident} "
          + "{remote_user} [{time_local:clf}] \"{method:method} {target:target} {version:number}\" "
          + "{status:status} {body_bytes_sent:sent-} \"{http_referer|referer}\" "
          + "\"{http_user_agent|user_agent}\"", .end),
      source: "https://hypercorn.readthedocs.io/en/latest/how_to_guides/logging.html"),
    CatalogueEntry(
      "Puma and Rack, CommonLogger",
      TextLayout(
        "puma", commonStart + "{status:status} {body_bytes_sent:sent-} {duration:s}", .end),
      source: "https://github.com/rack/rack/blob/main/lib/rack/common_logger.rb",
      isDetected: false),
    CatalogueEntry(
      "PHP-FPM",
      TextLayout(
        "php-fpm",
        "{remote_addr|remote_address} - {remote_user} {time_local:clf} \"{request:request}\" "
          + "{status:status}"),
      source: "https://www.php.net/manual/en/install.fpm.configuration.php#access-format"),
    CatalogueEntry(
      "PHP, built-in web server",
      TextLayout(
        "php-builtin",
        "[{time:%a %b %e %T %Y}] {remote_addr|remote_address} [{status:status}]: {method:method} "
          + "{target:target}", .end),
      source: "https://www.php.net/manual/en/features.commandline.webserver.php"),
    // Its own time has no date, so that a collector has to have noted it.
    CatalogueEntry(
      "Fiber, middleware logger",
      TextLayout(
        "fiber",
        "{clock:word} |{~}{status:status} |{~}{latency:ms} |{~}{ip|remote_addr|remote_address} "
          + "|{~}{method:method} {~}| {target:target} ", .end, allowsMore: true),
      source: "https://docs.gofiber.io/api/middleware/logger"),
    // The second event of a request has all that is needed; its time is that of the response.
    CatalogueEntry(
      "tower-http, TraceLayer",
      TextLayout(
        "tower-http",
        "{time:time} {~}{level:word} {span:word}{{method={method:method} uri={target:target} "
          + "version={version}}}: tower_http::trace::on_response: finished processing request "
          + "latency={latency:ms} ms status={status:status}", .end),
      source: "https://docs.rs/tower-http/latest/tower_http/trace/index.html", sizes: .none),
    CatalogueEntry(
      "warp, through env_logger",
      TextLayout(
        "warp",
        "[{time:time} {level} {~}{target_name}] {remote_addr|remote_address} "
          + "\"{request:request}\" {status:status} \"{http_referer|referer}\" "
          + "\"{http_user_agent|user_agent}\" {elapsed:ms}", .end),
      source: "https://docs.rs/warp/latest/warp/filters/log/fn.log.html", sizes: .none),
    // `%t` is when the request began; the size is that of the body. Python's logging writes the level and
    // the logger's name before it, unless it is told otherwise.
    CatalogueEntry(
      "aiohttp",
      TextLayout(
        "aiohttp",
        "<?INFO:aiohttp.access:?>{remote_addr|remote_address} [{time_local:clf}] "
          + "\"{request:request}\" {status:status} {body_bytes_sent:sent-} "
          + "\"{http_referer|referer}\" \"{http_user_agent|user_agent}\""),
      source: "https://docs.aiohttp.org/en/stable/logging.html"),
    CatalogueEntry(
      "Sanic",
      TextLayout(
        "sanic",
        "[{time:%F %T %z}] - (sanic.access)[{level}][{remote_addr|remote_address}]: {method:method} "
          + "{target:target}  {status:status} {bytes:sent}<? {duration:ms}?>", .end),
      source: "https://github.com/sanic-org/sanic/blob/main/sanic/logging/default.py"),
    CatalogueEntry(
      "Tornado",
      TextLayout(
        "tornado",
        "[{level} {time:%y%m%d %T} {module}] {status:status} {method:method} {target:target} "
          + "({remote_addr|remote_address}) {duration:ms}", .end),
      source: "https://www.tornadoweb.org/en/stable/log.html", sizes: .none),
    CatalogueEntry(
      "Apache CouchDB",
      TextLayout(
        "couchdb",
        "[{level}] {time:time} {node} {process} {request_id} {host} {remote_addr|remote_address} "
          + "{remote_user} {method:method} {target:target} {status:status} {result} {duration:ms}",
        .end),
      source: "https://docs.couchdb.org/en/stable/config/logging.html", sizes: .none),
    // Between status and size is the Content-Length of the request.
    CatalogueEntry(
      "Sonatype Nexus Repository, request.log",
      TextLayout(
        "nexus",
        commonStart
          + "{status:status} {content_length:received} {bytes_sent:sent} {elapsed_time:ms} "
          + "\"{http_user_agent|user_agent}\" [{thread}]", .end),
      source: "https://help.sonatype.com/en/log-formatting.html"),
    // A length of -1 is one that is not known.
    CatalogueEntry(
      "JFrog Artifactory, request log",
      TextLayout(
        "artifactory",
        "{time:time}|{trace_id}|{remote_addr|remote_address}|{remote_user}|{method:method}|"
          + "{target:target}|{status:status}|{request_length:number}|{response_length:number}|"
          + "{duration:ms}|{http_user_agent|user_agent}", .end),
      source:
        "https://jfrog.com/help/r/jfrog-platform-administration-documentation/artifactory-request-log",
      sizes: .none),
    CatalogueEntry(
      "Ktor, CallLogging, through Logback",
      TextLayout(
        "ktor",
        "{time:%F %T.%L} [{thread}] {level:word} <? ?>{logger:word} - {status:status} {reason}: "
          + "{method:method} - {target:target} in {duration:ms}", .end),
      source: "https://ktor.io/docs/server-call-logging.html", sizes: .none),
    CatalogueEntry(
      "Gitea and Forgejo, router log",
      TextLayout(
        "gitea",
        "{time:%Y/%m/%d %T} {source}router: completed {method:method} {target:target} for "
          + "{remote_addr|remote_address}, {status:status} {reason} in {duration:ms} @ {function}",
        .end),
      source: "https://docs.gitea.com/administration/logging-config", sizes: .none),
    kestrel("kestrel-text", ".NET 8 and later", request: ""),
    kestrel(
      "kestrel-text-old", ".NET 5 to 7", request: "{request_content_type} {request_length} "),
    CatalogueEntry(
      "Serilog, request logging in a file",
      TextLayout(
        "serilog-text",
        "{time:time} [{level}] HTTP {method:method} {target:target} responded {status:status} in "
          + "{elapsed:ms} ms", .end),
      source: "https://github.com/serilog/serilog-aspnetcore#request-logging"),
  ]

  /// "Request finished" has all that is needed; "Request starting" is of the same request. The console
  /// writes it without a time, on a line after its category.
  private static func kestrel(
    _ name: String, _ versions: String, request: String
  ) -> CatalogueEntry {
    CatalogueEntry(
      "ASP.NET Core, console, \(versions)",
      TextLayout(
        name,
        "<?info: Microsoft.AspNetCore.Hosting.Diagnostics[2]?> {~}Request finished {protocol} "
          + "{method:method} {target:target} \(request)- {status:status} {content_length} "
          + "{content_type} {elapsed:ms}", .end),
      source:
        "https://github.com/dotnet/aspnetcore/blob/main/src/Hosting/Hosting/src/Internal/HostingRequestFinishedLog.cs",
      sizes: .none)
  }

  /// The stamp is when the request began; the size is that of the body.
  private static func uwsgi(
    _ name: String, _ producer: String, unit: String, word: String
  ) -> CatalogueEntry {
    CatalogueEntry(
      producer,
      TextLayout(
        name,
        "[pid: {pid}|app: {app}|req: {request_number}] {remote_addr|remote_address} "
          + "({remote_user}) {{{vars:digits} vars in {packet_size:digits} bytes}} "
          + "[{time:%a %b %e %T %Y}] {method:method} {target:target} => generated {size:sent} "
          + "bytes in {duration:\(unit)} \(word){via} ({server_protocol} {status:status}) ",
        allowsMore: true),
      source: "https://github.com/unbit/uwsgi/blob/master/core/logging.c")
  }
}
