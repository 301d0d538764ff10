// swift-tools-version: 6.3
import PackageDescription

/// One list for every target, so that no module is held to a lower standard than its neighbours.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
  // `OwnedBuffer.span` ties its span to the buffer, which has no spelling without it yet.
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let algorithms = Target.Dependency.product(name: "Algorithms", package: "swift-algorithms")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpClient = Target.Dependency.product(
  name: "AsyncHTTPClient", package: "async-http-client")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let serviceLifecycle = Target.Dependency.product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(
  name: "UnixSignals", package: "swift-service-lifecycle")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

/// Whether the program is for packages (`scripts/package`): to be small, and to run where other versions of
/// libraries are.
let isPackaged = Context.environment["BACKTALLY_PACKAGE"] != nil

/// Linked in if it is packaged, since each release of Debian has the library under another name.
let re2: LinkerSetting =
  isPackaged ? .unsafeFlags(["-Xlinker", "-l:libre2.a"]) : .linkedLibrary("re2")

/// Of what is linked in statically, only what is called stays, and equal code once.
let linking: [LinkerSetting] =
  isPackaged
  ? [
    .unsafeFlags(
      ["-use-ld=lld", "-Xlinker", "--no-export-dynamic", "-Xlinker", "--icf=all"],
      .when(platforms: [.linux], configuration: .release))
  ] : []

let package = Package(
  name: "backtally",
  dependencies: [
    .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
    .systemLibrary(name: "CChecksum", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .target(name: "Diagnostics"),
    .target(name: "Addressing"),
    .target(name: "CLanes"),
    .target(name: "CMemory"),
    .target(
      name: "TelemetryDecoding", dependencies: [protobuf], exclude: ["telemetry.proto"]),
    .target(name: "CPatterns", linkerSettings: [re2]),
    .target(name: "CFastGzip", linkerSettings: [.linkedLibrary("isal")]),
    .target(name: "ByteScanning", dependencies: ["CLanes"]),
    .target(name: "RawStatements", dependencies: [grdb, grdbSQLite]),
    .target(name: "Compressing", dependencies: ["ByteScanning", "CFastGzip", "CZlib"]),
    .target(
      name: "LogReading",
      dependencies: [
        "ByteScanning", "CBzip2", "CChecksum", "CLzma", "CZlib", "CZstd", "Diagnostics",
      ]),
    .target(name: "AccessLogParsing", dependencies: ["ByteScanning", algorithms]),
    .target(
      name: "Attribution",
      dependencies: [
        "AccessLogParsing", "ByteScanning", "CPatterns", "Diagnostics", crypto, yams,
      ]),
    .target(name: "Tallying", dependencies: ["AccessLogParsing", "ByteScanning", algorithms]),
    .target(
      name: "Messaging",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "ByteScanning", "Compressing",
        "Tallying", algorithms, crypto,
      ]),
    .target(
      name: "Clustering",
      dependencies: [
        "Addressing", "Attribution", "ByteScanning", "CChecksum", "Diagnostics", "Messaging",
        "Tallying", crypto,
      ]),
    .target(
      name: "Outbox",
      dependencies: ["Addressing", "CChecksum", "RawStatements", grdb, grdbSQLite]),
    .target(
      name: "Delivery",
      dependencies: [
        "Addressing", "Diagnostics", httpClient, nioCore, nioHTTP1, nioPosix, nioSSL,
      ]),
    .target(
      name: "HubServing",
      dependencies: [
        "ByteScanning", "Compressing", "Configuring", "Diagnostics", "Judging", "RawStatements",
        "Rendering", "Reporting", "TelemetryDecoding", algorithms, crypto, grdb, grdbSQLite,
        httpClient, httpTypes, hummingbird, hummingbirdCore, logging, nioCore, nioHTTP1, nioPosix,
        nioSSL, protobuf, serviceLifecycle, unixSignals,
      ],
      exclude: ["Page"]),
    .target(
      name: "Configuring",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "Diagnostics", crypto, yams,
      ]),
    .target(name: "Reporting", dependencies: ["Diagnostics", algorithms]),
    .target(name: "Judging", dependencies: ["Diagnostics", "Reporting"]),
    .target(
      name: "Rendering", dependencies: ["Compressing", "Diagnostics", "Reporting", crypto],
      exclude: ["Page"]),
    .target(
      name: "Ingesting",
      dependencies: [
        "AccessLogParsing", "Attribution", "ByteScanning", "Configuring", "Diagnostics",
        "LogReading", "Tallying",
      ]),
    .target(
      name: "Inspecting",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "ByteScanning", "Configuring",
        "Diagnostics", "Ingesting", "LogReading", "Reporting",
      ]),
    .target(
      name: "Analyzing",
      dependencies: [
        "AccessLogParsing", "Attribution", "ByteScanning", "Clustering", "Configuring",
        "Diagnostics", "Ingesting", "Judging", "Reporting", "Tallying",
      ]),
    .target(
      name: "Importing",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "ByteScanning", "Clustering",
        "Compressing", "Configuring", "Delivery", "Diagnostics", "Ingesting", "LogReading",
        "Messaging", "Outbox", "Reporting", "Tallying", "TelemetryDecoding", algorithms, crypto,
        protobuf,
      ]),
    .executableTarget(
      name: "backtally",
      dependencies: [
        "AccessLogParsing", "Addressing", "Analyzing", "CMemory", "Configuring", "Diagnostics",
        "HubServing", "Importing", "Ingesting", "Inspecting", "Judging", "Rendering", "Reporting",
        argumentParser,
      ],
      linkerSettings: linking),

    // What the fuzzer's targets hold against the code: it depends on nothing that it is held against.
    .target(name: "FuzzModels", path: "Tests/FuzzModels"),
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "ByteScanning", "CZlib", "Compressing",
        "Configuring", "Diagnostics", "FuzzModels", "HubServing", "LogReading", "Messaging",
        "Reporting", "Tallying", "TestSupport", yams,
      ]),
    .target(
      name: "TestSupport", dependencies: ["CBzip2", "CLzma", "CZlib", "CZstd"],
      path: "Tests/TestSupport"),
    .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"]),
    .testTarget(name: "ByteScanningTests", dependencies: ["ByteScanning", "TestSupport"]),
    .testTarget(
      name: "LogReadingTests",
      dependencies: ["ByteScanning", "CZlib", "Diagnostics", "LogReading", "TestSupport"]),
    .testTarget(
      name: "AccessLogParsingTests",
      dependencies: ["AccessLogParsing", "ByteScanning", "TestSupport"]),
    .testTarget(
      name: "AttributionTests",
      dependencies: [
        "AccessLogParsing", "Attribution", "ByteScanning", "Diagnostics", "FuzzModels",
        "TestSupport",
      ]),
    .testTarget(
      name: "TallyingTests",
      dependencies: ["AccessLogParsing", "Attribution", "ByteScanning", "Tallying", "TestSupport"]),
    .testTarget(
      name: "MessagingTests",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "ByteScanning", "CZlib", "Messaging",
        "Tallying", "TelemetryDecoding", "TestSupport", protobuf,
      ]),
    .testTarget(
      name: "CompressingTests", dependencies: ["ByteScanning", "Compressing", "TestSupport"]),
    .testTarget(name: "AddressingTests", dependencies: ["Addressing"]),
    .testTarget(name: "OutboxTests", dependencies: ["Addressing", "Outbox", grdb, grdbSQLite]),
    .testTarget(
      name: "DeliveryTests",
      dependencies: [
        "Addressing", "Delivery", "Diagnostics", "TestSupport", nioCore, nioHTTP1, nioPosix,
        nioSSL,
      ]),
    .testTarget(
      name: "HubServingTests",
      dependencies: [
        "Configuring", "Diagnostics", "HubServing", "Reporting", "TelemetryDecoding", "TestSupport",
        grdb,
        httpClient, hummingbirdCore, logging, nioCore, nioEmbedded, nioHTTP1, nioPosix, protobuf,
      ]),
    .testTarget(
      name: "ConfiguringTests",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "Configuring", "Diagnostics",
        "TestSupport",
      ]),
    .testTarget(
      name: "IngestingTests",
      dependencies: [
        "AccessLogParsing", "Attribution", "Configuring", "Diagnostics", "Ingesting", "LogReading",
        "Tallying", "TestSupport",
      ]),
    .testTarget(
      name: "AnalyzingTests",
      dependencies: [
        "AccessLogParsing", "Analyzing", "Attribution", "Diagnostics", "Ingesting", "Judging",
        "Reporting", "Tallying", "TestSupport",
      ]),
    .testTarget(
      name: "ImportingTests",
      dependencies: [
        "AccessLogParsing", "Addressing", "Attribution", "Importing", "Ingesting", "LogReading",
        "Messaging", "Outbox", "Reporting", "Tallying", "TestSupport",
      ]),
    .testTarget(
      name: "ReportingTests", dependencies: ["Diagnostics", "Reporting", "TestSupport"]),
    .testTarget(
      name: "RenderingTests",
      dependencies: ["CZlib", "Diagnostics", "Rendering", "Reporting", "TestSupport", crypto]),
    .testTarget(
      name: "BacktallyTests",
      dependencies: ["TelemetryDecoding", "TestSupport", "backtally", protobuf, yams]),
  ],
  // Of CPatterns: what later versions of RE2 need.
  cxxLanguageStandard: .cxx17
)

for target in package.targets where target.type != .system {
  target.swiftSettings = settings
}

// Generated code is not held to the house's settings.
package.targets.first { $0.name == "TelemetryDecoding" }?.swiftSettings = [.swiftLanguageMode(.v6)]
