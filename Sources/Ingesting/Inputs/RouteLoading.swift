package import Attribution
package import Configuring
package import Diagnostics
internal import Foundation

/// The known routes of a run, read from where the settings say.
package struct LoadedRoutes: Sendable {
  package var routes: [KnownRoute] = []
  /// Paths below which an OpenAPI document's servers stand, longest first.
  package var basePaths: [BasePath] = []
  /// What cannot be used of the document.
  package var warnings: [Diagnostic] = []
  /// The document that the routes come from, as JSON.
  package var openAPI: String?

  package init(_ source: RouteSource) throws(Diagnostic) {
    switch source {
    case .none: break
    case .list(let routes): self.routes = routes
    case .file(let path):
      let bytes = try readFile(path, limit: RouteList.maximumByteCount)
      do throws(RouteListError) {
        routes = try RouteList(bytes: bytes, source: path).routes
      } catch {
        throw error.diagnostics.first ?? .unreadable(path, errno: 0)
      }
    case .openAPI(let path):
      let bytes = try readFile(path, limit: OpenAPIDocument.maximumByteCount)
      do throws(OpenAPIError) {
        let document = try OpenAPIDocument(bytes: bytes, source: path)
        routes = document.routes
        basePaths = document.basePaths
        openAPI = document.isCurrent ? document.json : nil
        warnings = document.problems.map(\.warning)
      } catch {
        throw error.diagnostic
      }
    }
  }
}

/// The file with names of consumers.
package func loadedConsumerNames(_ path: String) throws(Diagnostic) -> ConsumerNames {
  let bytes = try readFile(path, limit: ConsumerNames.maximumByteCount)
  do throws(ConsumerNamesError) {
    return try ConsumerNames(bytes: bytes, source: path)
  } catch {
    throw error.diagnostic
  }
}

/// The content of a small file that the configuration or command line names; up to a byte more than
/// `limit`, so that its parser can see that it is too large.
package func readFile(_ path: String, limit: Int) throws(Diagnostic) -> [UInt8] {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw .unreadable(path, errno: errno) }
  do {
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    return Array(try file.read(upToCount: limit + 1) ?? Data())
  } catch {
    throw .unreadable(path, errno: errno)
  }
}

extension Diagnostic {
  fileprivate static func unreadable(_ path: String, errno number: Int32) -> Diagnostic {
    Diagnostic(
      .error, code: "cannot-open",
      "the file cannot be read" + (number == 0 ? "" : ": \(systemMessage(number))"),
      hint: systemHint(number) ?? "check the path and its permissions", at: Place(source: path),
      exitStatus: .wrongUsage)
  }
}

extension OpenAPIError {
  /// What is said of a path that is left out.
  fileprivate var warning: Diagnostic {
    let error = diagnostic
    return Diagnostic(
      .warning, code: error.code, "this path is left out: \(error.message)", hint: error.hint,
      at: error.place)
  }
}
