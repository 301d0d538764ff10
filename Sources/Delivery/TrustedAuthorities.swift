internal import NIOSSL

/// Certificates of authorities, one of which must have signed the hub's certificate: they take the place
/// of the system's.
package struct TrustedAuthorities: Sendable {
  package enum Problem: Error, Equatable, Sendable {
    /// There is no certificate in it.
    case noCertificate
    /// There is one that is damaged.
    case invalidCertificate
  }

  /// More than ten times as much as those of a whole system have, in bytes.
  package static let maximumByteCount = 4 << 20

  let certificates: [NIOSSLCertificate]

  /// - Parameter pem: the text of a PEM file (RFC 7468); what is not a certificate is passed over.
  package init(pem: [UInt8]) throws(Problem) {
    guard String(decoding: pem, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
      throw .noCertificate
    }
    do {
      certificates = try NIOSSLCertificate.fromPEMBytes(pem)
    } catch {
      throw .invalidCertificate
    }
    if certificates.isEmpty { throw .noCertificate }
  }
}
