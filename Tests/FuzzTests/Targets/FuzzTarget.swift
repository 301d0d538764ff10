/// What is fuzzed: something that reads hostile bytes, with what must hold of it whatever they are.
///
/// `scripts/fuzz/run` builds the files of `Targets` and `Models` into a fuzzer, and the tests run the
/// same code on the inputs that were kept. A target lives through many inputs, so that what one
/// leaves behind meets the next.
protocol FuzzTarget: AnyObject {
  init()

  /// - Throws: what should have held and did not.
  func run(_ input: borrowing Span<UInt8>) throws(Violation)
}

/// Something that should hold and does not.
struct Violation: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

func check(
  _ condition: Bool, _ description: @autoclosure () -> String
) throws(Violation) {
  if !condition { throw Violation(description()) }
}

/// Every target by the name that `scripts/fuzz/run` knows it by; `fixtures/fuzz` has a file for each.
enum FuzzTargetName: String, CaseIterable {
  case scanning, numbers, stamps
  case common, json, lines, strings, wrappings, detection
  case folding, routes, targets
  case gzip, inflating, framing, converting, decompressing, tar
  case texts, items, messages, hub
  case patterns, secrets, masks
  case configurations, files, yaml, requests

  func makeTarget() -> any FuzzTarget {
    switch self {
    case .scanning: ScanningTarget()
    case .numbers: NumbersTarget()
    case .stamps: TimestampsTarget()
    case .common: CommonTarget()
    case .json: JSONTarget()
    case .lines: LinesTarget()
    case .strings: StringsTarget()
    case .wrappings: WrappingsTarget()
    case .detection: DetectionTarget()
    case .folding: FoldingTarget()
    case .routes: RoutesTarget()
    case .targets: TargetsTarget()
    case .gzip: GzipTarget()
    case .inflating: InflatingTarget()
    case .framing: FramingTarget()
    case .converting: ConvertingTarget()
    case .decompressing: DecompressingTarget()
    case .tar: TarTarget()
    case .texts: TextsTarget()
    case .items: ItemsTarget()
    case .messages: MessagesTarget()
    case .hub: HubJSONTarget()
    case .patterns: PatternsTarget()
    case .secrets: SecretsTarget()
    case .masks: MasksTarget()
    case .configurations: ConfigurationsTarget()
    case .files: FilesTarget()
    case .yaml: YAMLTarget()
    case .requests: RequestsTarget()
    }
  }
}
