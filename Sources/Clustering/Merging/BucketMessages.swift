internal import Addressing
internal import ByteScanning
internal import Foundation
internal import Messaging
internal import Tallying

/// Makes the messages of merged buckets: lines of a payload file, a function of the rows alone.
struct BucketMessages {
  private let head: AdmissionHead
  private let app: App
  private let width: BucketWidth
  private let envelope: Envelope
  /// Lengths are the same for all, so that one can take the place of another.
  private static let noUUID = "00000000-0000-0000-0000-000000000000"
  private let prefix: [UInt8]

  init(_ head: AdmissionHead) {
    self.head = head
    app = App(clientID: head.client_id, environment: head.env)
    width = BucketWidth(seconds: head.bucket)
    envelope = app.envelope(of: .sync)
    prefix = Array("{\"path\":\"\(envelope.path)\",\"body\":".utf8)
  }

  /// Calls `write` with each line.
  func write<Failure: Error>(
    _ requests: borrowing RequestMerging, bucket: Int64, part: inout Int,
    to write: (borrowing OwnedBuffer<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    var line = OwnedBuffer<UInt8>(capacity: 1 << 16)
    let order = requests.sorted()
    var position = 0
    while position < order.count {
      line.removeAll()
      line.append(prefix.span)
      SyncFrame.appendBeginning(
        instanceUUID: app.instanceUUID, uuid: Self.noUUID, bucket: bucket, width, to: &line)
      var isFirst = true
      while position < order.count {
        let end = line.count
        if !isFirst { line.append(UInt8(ascii: ",")) }
        requests.append(order[position], to: &line)
        if line.count - prefix.count + SyncLimits.frame > SyncLimits.body && !isFirst {
          line.truncate(to: end)
          break
        }
        isFirst = false
        position += 1
      }
      SyncFrame.appendEnding(to: &line)
      finish(&line, bucket: bucket, part: &part)
      try write(line)
    }
  }

  func write<Failure: Error>(
    _ errors: ErrorMerging, bucket: Int64, part: inout Int,
    to write: (borrowing OwnedBuffer<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    var items = errors.items[...]
    while !items.isEmpty {
      var line = OwnedBuffer<UInt8>(capacity: 1 << 16)
      line.append(prefix.span)
      SyncFrame.appendBeginning(
        instanceUUID: app.instanceUUID, uuid: Self.noUUID, bucket: bucket, width, to: &line)
      var (size, count) = (SyncLimits.frame, 0)
      for item in items {
        size += item.json.count + 1
        if size > SyncLimits.body && count > 0 { break }
        count += 1
      }
      let taken = items.prefix(count)
      items = items.dropFirst(count)
      func list(_ isServerError: Bool) -> [UInt8] {
        Array(
          taken.filter { $0.isServerError == isServerError }.map(\.json)
            .joined(separator: [UInt8(ascii: ",")]))
      }
      line.append(literal: "],\"validation_errors\":[")
      line.append(list(false).span)
      line.append(literal: "],\"server_errors\":[")
      line.append(list(true).span)
      line.append(literal: "],\"consumers\":[],\"resources\":null}")
      finish(&line, bucket: bucket, part: &part)
      try write(line)
    }
  }

  /// Gives the message its identity and ends the line.
  ///
  /// The body is in the identity: a hub answers 202 to one that it knows, and drops what comes with it, so
  /// another body under the same would be lost.
  private func finish(_ line: inout OwnedBuffer<UInt8>, bucket: Int64, part: inout Int) {
    let body = sha256(line.span.extracting(prefix.count..<line.count).copied())
    let uuid = uuid(bucket: bucket, part: part, body: body)
    let place = prefix.count + "{\"instance_uuid\":\"\",\"message_uuid\":\"".utf8.count + 36
    for (offset, byte) in uuid.utf8.enumerated() { line[place + offset] = byte }
    line.append(literal: "}\n")
    part += 1
  }

  private func uuid(bucket: Int64, part: Int, body: [UInt8]) -> String {
    derivedUUID(
      of: Array("\(head.job)\(head.admission) \(bucket) \(part) ".utf8) + body)
  }

  /// The lines of requests with metrics (OTLP).
  func write<Failure: Error>(
    _ metrics: borrowing MetricMerging, bucket: Int64,
    to write: (borrowing OwnedBuffer<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    var encoder = MergedMetrics(source, width: width)
    for point in metrics.points {
      encoder.append(point, bucket: bucket)
      if encoder.isFull { try write(line(encoder.finish(), bucket)) }
    }
    if !encoder.isEmpty { try write(line(encoder.finish(), bucket)) }
  }

  private var source: TelemetrySource {
    TelemetrySource(
      environment: head.env, instance: head.instance ?? app.instanceUUID, version: head.backtally,
      encoding: .plain)
  }

  private func line(_ request: MergedMetrics.Request, _ bucket: Int64) -> OwnedBuffer<UInt8> {
    var row = JSONRow()
    row.add("path", "/v1/metrics")
    row.add("bucket", bucket)
    row.add("requests", request.requestCount)
    row.add("timeless", request.timelessCount)
    row.add("body_base64", Data(request.body).base64EncodedString())
    return OwnedBuffer(copying: row.line().span)
  }
}
