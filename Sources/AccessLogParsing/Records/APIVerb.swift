internal import ByteScanning

/// The verbs of Kubernetes' API, which its audit log has in the place of methods.
///
/// The API server makes a verb of the method and the path of each request for a resource. A request for
/// anything else (`/healthz`) has its method, in lower case. What has no other method of its own is left
/// as it is.
///
/// Source: https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
package enum APIVerb {
  /// The method of the requests that have this verb, in upper case. `get` may have been HEAD.
  package static func method(of verb: String) -> String {
    switch verb.lowercased() {
    case "get", "list", "watch", "watchlist": "GET"
    case "create": "POST"
    case "update": "PUT"
    case "patch": "PATCH"
    case "delete", "deletecollection": "DELETE"
    default: verb.uppercased()
    }
  }
}

extension Span where Element == UInt8 {
  /// The text of a method as logged, or the method of a verb.
  package func method(in slice: FieldSlice) -> [UInt8] {
    let text = extracting(slice.range).copied()
    return slice.isEscaped
      ? Array(APIVerb.method(of: String(decoding: text, as: UTF8.self)).utf8) : text
  }
}
