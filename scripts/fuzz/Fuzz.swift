import Glibc

/// What libFuzzer calls with each input. BACKTALLY_FUZZ in the environment names the target.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // The sanitizer guards the bytes behind libFuzzer's own copy, so that is what is looked at.
  let input = UnsafeBufferPointer(start: start, count: count).span
  do throws(Violation) {
    try target.run(input)
  } catch {
    fatalError("violated: \(error)")
  }
  return 0
}

/// Chosen once: looking at the environment costs more than most inputs.
nonisolated(unsafe) private let target: any FuzzTarget = {
  let name = getenv("BACKTALLY_FUZZ").map { String(cString: $0) } ?? ""
  guard let target = FuzzTargetName(rawValue: name) else {
    let names = FuzzTargetName.allCases.map(\.rawValue)
    fatalError("BACKTALLY_FUZZ is none of \(names.joined(separator: ", "))")
  }
  return target.makeTarget()
}()

// libFuzzer's own callbacks for comparisons take two fifths of the time. What they would find out, which
// bytes a comparison is waiting for, the corpora and the dictionaries say beforehand.

@_cdecl("__wrap___sanitizer_cov_trace_cmp1") public func passOver(_: UInt8, _: UInt8) {}
@_cdecl("__wrap___sanitizer_cov_trace_cmp2") public func passOver(_: UInt16, _: UInt16) {}
@_cdecl("__wrap___sanitizer_cov_trace_cmp4") public func passOver(_: UInt32, _: UInt32) {}
@_cdecl("__wrap___sanitizer_cov_trace_cmp8") public func passOver(_: UInt64, _: UInt64) {}
@_cdecl("__wrap___sanitizer_cov_trace_const_cmp1") public func passOverConstant(_: UInt8, _: UInt8)
{}
@_cdecl("__wrap___sanitizer_cov_trace_const_cmp2") public func passOverConstant(
  _: UInt16, _: UInt16
) {}
@_cdecl("__wrap___sanitizer_cov_trace_const_cmp4") public func passOverConstant(
  _: UInt32, _: UInt32
) {}
@_cdecl("__wrap___sanitizer_cov_trace_const_cmp8") public func passOverConstant(
  _: UInt64, _: UInt64
) {}
@_cdecl("__wrap___sanitizer_cov_trace_switch")
public func passOverSwitch(_: UInt64, _: UnsafePointer<UInt64>) {}
