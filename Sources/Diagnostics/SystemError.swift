#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the system says of an `errno`, such as `No space left on device`.
package func systemMessage(_ number: Int32) -> String {
  unsafe String(cString: strerror(number))
}

/// What the user can do about an `errno`; nil where the system's message says all there is to say.
package func systemHint(_ number: Int32) -> String? {
  switch number {
  case EMFILE:
    "raise the number of files that a process may have open (`ulimit -n 1024`)"
  case ENFILE:
    "no process can open more files now: end some, or raise `fs.file-max`"
  case EFBIG:
    "raise the size that a file may have (`ulimit -f unlimited`), or use another file system"
  case ENOSPC: "free some space on its disk, and run again"
  case EDQUOT: "the quota of this user is used up: free some space, and run again"
  case EROFS: "its file system is mounted read-only: mount it for writing, or use another path"
  case ENOTDIR: "a part of the path is a file, and not a directory"
  case EACCES, EPERM: "change its permissions, or run as a user who has them"
  case ENAMETOOLONG: "use a shorter path"
  case ELOOP: "its symbolic links lead nowhere"
  default: nil
  }
}
