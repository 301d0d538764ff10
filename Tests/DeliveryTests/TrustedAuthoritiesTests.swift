import Addressing
import Foundation
import NIOSSL
import Testing
import TestSupport

@testable import Delivery

/// Whose certificates are trusted. The authority and its certificate are made with `openssl`.
struct TrustedAuthoritiesTests {
  /// An authority, and a hub with a certificate that it has signed.
  private struct Authority {
    let folder: TemporaryFolder
    let context: NIOSSLContext

    var certificate: [UInt8] {
      get throws { Array(try Data(contentsOf: URL(filePath: folder.path + "/ca.pem"))) }
    }

    init() throws {
      folder = try TemporaryFolder()
      try "subjectAltName = IP:127.0.0.1\n".write(
        toFile: folder.path + "/names", atomically: true, encoding: .utf8)
      let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
      try Self.openssl(
        ["req", "-x509", "-subj", "/CN=authority", "-days", "2"] + key
          + ["-keyout", "ca.key", "-out", "ca.pem"], in: folder)
      try Self.openssl(
        ["req", "-subj", "/CN=hub"] + key + ["-keyout", "hub.key", "-out", "hub.csr"], in: folder)
      try Self.openssl(
        ["x509", "-req", "-in", "hub.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
          + ["-days", "2", "-extfile", "names", "-out", "hub.pem"], in: folder)
      let chain = try NIOSSLCertificate.fromPEMFile(folder.path + "/hub.pem")
      let configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) },
        privateKey: .privateKey(
          try NIOSSLPrivateKey(file: folder.path + "/hub.key", format: .pem)))
      context = try NIOSSLContext(configuration: configuration)
    }

    private static func openssl(_ arguments: [String], in folder: TemporaryFolder) throws {
      let process = Process()
      process.executableURL = URL(filePath: TrustedAuthoritiesTests.program)
      process.arguments = arguments
      process.currentDirectoryURL = URL(filePath: folder.path)
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      try #require(process.terminationStatus == 0)
    }
  }

  private static let program = "/usr/bin/openssl"

  private func send(
    to authority: Authority, trusting authorities: TrustedAuthorities?
  ) async throws -> AttemptOutcome {
    try await LoopbackHub.with({ _ in .answer(202) }, tls: authority.context) { hub in
      var settings = HTTPTransport.Settings(
        hub: try HubURL("https://127.0.0.1:\(hub.port)"), proxy: nil, userAgent: "backtally/1")
      settings.authorities = authorities
      let transport = HTTPTransport(settings, secondsSince1970: { 0 })
      let outcome = await transport.send(
        OutgoingMessage(id: 1, envelope: Envelope(path: "/v2/c/dev/sync"), body: [0x7B, 0x7D]))
      await transport.shutDown()
      return outcome
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: Self.program)))
  func `a hub is trusted if an authority that is named has signed its certificate`() async throws {
    let authority = try Authority()
    let trusted = try TrustedAuthorities(pem: try authority.certificate)
    let outcome = try await send(to: authority, trusting: trusted)
    #expect(outcome == .answered(HubAnswer(status: 202)))
    let untrusted = AttemptOutcome.failed(
      TransportFault(.notConnected, "the hub's TLS certificate is not trusted"))
    #expect(try await send(to: authority, trusting: nil) == untrusted)
    let other = try TrustedAuthorities(pem: try Authority().certificate)
    #expect(try await send(to: authority, trusting: other) == untrusted)
  }

  @Test(arguments: [
    ("", TrustedAuthorities.Problem.noCertificate), ("no certificate", .noCertificate),
    ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", .noCertificate),
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", .invalidCertificate),
    ("-----BEGIN CERTIFICATE-----\n", .invalidCertificate),
  ])
  func `what is no certificate is refused`(
    _ pem: String, _ problem: TrustedAuthorities.Problem
  ) {
    #expect(throws: problem) { try TrustedAuthorities(pem: Array(pem.utf8)) }
  }
}
