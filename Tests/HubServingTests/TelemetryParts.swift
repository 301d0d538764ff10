import SwiftProtobuf
import TelemetryDecoding

/// Parts of messages of OTLP.
enum TelemetryParts {
  static func pair(_ key: String, _ text: String) -> OTLPKeyValue {
    .with {
      $0.key = key
      $0.value.stringValue = text
    }
  }

  static func pair(_ key: String, _ number: Int64) -> OTLPKeyValue {
    .with {
      $0.key = key
      $0.value.intValue = number
    }
  }

  static func resource(distro: String = "backtally") -> OTLPResource {
    .with {
      $0.attributes = [
        pair("service.instance.id", "76b5cb91-a0a4-4ea0-a894-57d2b9fcb2c9"),
        pair("deployment.environment.name", "prod"), pair("telemetry.distro.name", distro),
        pair("telemetry.distro.version", "1"),
      ]
    }
  }
}
