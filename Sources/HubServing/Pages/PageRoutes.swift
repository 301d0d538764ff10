import FoundationEssentials
import HTTPTypes
import Hummingbird

/// The pages for people, and what they load.
///
/// | request | response |
/// |---|---|
/// | `GET /` | all applications and environments |
/// | `GET /apps/{client_id}/{env}` | the dashboard of one of them |
/// | `GET /alerts` | where alerts stand |
/// | `GET /assets/{name}` | script, style and icon |
///
/// Links in them are relative, as the token may come first in the path.
extension HubRoutes {
  func addPages(to router: some RouterMethods<HubRequestContext>) {
    router.get("/") { request, _ in
      // The assets stand beside the page, which is a folder then.
      guard request.uri.path.hasSuffix("/") else {
        let name = request.uri.path.split(separator: "/").last ?? ""
        return HubAnswer.moved(to: "\(name)/")
      }
      return HubAnswer.page(OverviewPage.html(try await store.overviews()))
    }
    router.get("apps/{client_id}/{env}") { _, context in
      try await answer {
        _ = try origin(context)
        return HubAnswer.page(HubAssets.dashboardMarkup)
      }
    }
    router.get("alerts") { _, _ in HubAnswer.page(HubAssets.alertsMarkup) }
    for (name, type, text) in [
      ("hub.css", "text/css", HubAssets.style),
      ("dashboard.js", "text/javascript", HubAssets.dashboardScript),
      ("alerts.js", "text/javascript", HubAssets.alertsScript),
      ("icon.svg", "image/svg+xml", HubAssets.icon),
    ] {
      let tag = HubAnswer.tag(of: text)
      router.get("assets/\(name)") { request, _ in
        HubAnswer.asset(text, type: type, tag: tag, known: request.headers[.ifNoneMatch])
      }
    }
  }
}

extension HubAnswer {
  /// Nothing but what the hub serves; no frame around it, so that no other page can make someone click.
  static let contentSecurityPolicy = """
    default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'
    """

  static func page(_ html: String) -> Response {
    var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
    headers[.contentSecurityPolicy] = contentSecurityPolicy
    headers[.xContentTypeOptions] = "nosniff"
    headers[.cacheControl] = "no-cache"
    if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
  }

  static func moved(to location: String) -> Response {
    Response(status: .permanentRedirect, headers: [.location: location])
  }

  /// What has this tag is as the browser has it.
  static func unchanged(_ tag: String) -> Response {
    Response(status: .notModified, headers: [.eTag: tag, .cacheControl: "no-cache"])
  }

  /// - Parameter known: the tags of what a browser has.
  static func asset(_ text: String, type: String, tag: String, known: String?) -> Response {
    var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
    headers[.xContentTypeOptions] = "nosniff"
    if known == tag { return unchanged(tag) }
    headers[.contentType] = "\(type); charset=utf-8"
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// A tag by which a browser knows that a text is the one that it has.
  static func tag(of text: String) -> String {
    // FNV-1a: texts differ by accident only.
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
      (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return "\"\(String(hash, radix: 16))\""
  }
}
