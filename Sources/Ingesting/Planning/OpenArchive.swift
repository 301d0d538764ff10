internal import Diagnostics
package import LogReading

/// An archive that is being read, file by file; each file is a source. It belongs to one thread at a time.
package final class OpenArchive {
  /// The path of the archive, and its index among the sources of the run.
  package let path: String
  package let index: Int
  /// The file that it has come to.
  package private(set) var member: TarArchive.Member?
  private let archive: TarArchive

  /// - Parameter source: one that turned out to be an archive.
  package init(_ source: OpenSource) {
    path = source.reader.path
    index = source.reader.sourceIndex
    archive = source.reader.takeArchive()
  }

  var bytesRead: Int { archive.bytesRead }

  /// Goes to the next file; false if there is none.
  package func advance() throws(ReadingError) -> Bool {
    member = try archive.next()
    return member != nil
  }

  /// What the file is called that it has come to: `logs.tar.gz!var/log/access.log`.
  package var memberPath: String {
    "\(path)!\(PathText.text(of: member?.name ?? []))"
  }

  /// The file that it has come to, to be read once.
  package func open(sourceIndex: Int) throws(ReadingError) -> OpenSource {
    if let problem = member?.problem { throw problem }
    return OpenSource(
      SourceReader(memberOf: archive, path: memberPath, sourceIndex: sourceIndex), of: self)
  }

  /// Opens the file that it has come to once more, by reading the archive from its beginning again; nil if
  /// that cannot be done.
  package func reopened(sourceIndex: Int) throws(ReadingError) -> OpenSource? {
    guard path != "-" else { return nil }
    var reader = try SourceReader(path: path, sourceIndex: sourceIndex, isArchive: true)
    let again = reader.takeArchive()
    while again.memberCount < archive.memberCount {
      guard try again.next() != nil else { return nil }
    }
    return OpenSource(
      SourceReader(memberOf: again, path: memberPath, sourceIndex: sourceIndex), of: self)
  }
}
