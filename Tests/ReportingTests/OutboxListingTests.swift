import Testing

@testable import Reporting

struct OutboxListingTests {
  private let listing = OutboxListing(
    directory: "/state",
    queues: [
      .init(
        app: "a/prod",
        waiting: .init(
          count: 1_201,
          shown: [
            .init(
              number: 17, kind: "sync", size: 1_234, queued: 1_763_900_000_123_456_789,
              failedAttempts: 1, error: "connection refused")
          ]),
        refused: .init(
          count: 1,
          shown: [
            .init(
              number: 3, kind: "log", size: 1, queued: 1_763_900_000_123_456_789,
              failedAttempts: 2, error: "the hub answered 422: \u{1B}[2J")
          ]),
        uncertain: .init(
          count: 1,
          shown: [
            .init(
              number: 4, kind: "sync", size: 2, queued: 1_763_900_000_123_456_789,
              failedAttempts: 3, error: "the hub may have taken it")
          ])),
      .init(
        app: "b/\u{7}dev",
        waiting: .init(
          count: 1,
          shown: [
            .init(
              number: 18, kind: "startup", size: 0, queued: 1_763_900_000_123_456_789,
              failedAttempts: 0, error: nil)
          ]), refused: .init(count: 0, shown: []), uncertain: .init(count: 0, shown: [])),
    ])

  @Test func `the text is for people, without what a terminal would act on`() {
    #expect(
      listing.text == """
        a/prod
          1,201 waiting
            17  sync, 1,234 bytes, queued 2025-11-23 12:13:20 UTC, 1 failed attempt: \
        connection refused
            and 1,200 more
          1 refused
            3  log, 1 byte, queued 2025-11-23 12:13:20 UTC, 2 failed attempts: \
        the hub answered 422: \\u{1B}[2J
          1 uncertain
            4  sync, 2 bytes, queued 2025-11-23 12:13:20 UTC, 3 failed attempts: \
        the hub may have taken it
            if the hub has what they count, drop them (backtally outbox drop --uncertain);
            if not, send them again (backtally deliver --retry-refused)

        b/\\u{7}dev
          1 waiting
            18  startup, 0 bytes, queued 2025-11-23 12:13:20 UTC
          0 refused
        """)
    #expect(OutboxListing(directory: "/state", queues: []).text == "the outbox is empty")
  }

  @Test func `the JSON has all of it`() {
    #expect(
      listing.json == """
        {"state_dir":"/state","apps":[{"app":"a/prod","waiting":{"count":1201,"messages":[\
        {"number":17,"kind":"sync","bytes":1234,"queued":"2025-11-23T12:13:20.123Z",\
        "failed_attempts":1,"error":"connection refused"}]},"refused":{"count":1,"messages":[\
        {"number":3,"kind":"log","bytes":1,"queued":"2025-11-23T12:13:20.123Z",\
        "failed_attempts":2,"error":"the hub answered 422: \\u001b[2J"}]},"uncertain":{"count":1,"messages":[\
        {"number":4,"kind":"sync","bytes":2,"queued":"2025-11-23T12:13:20.123Z",\
        "failed_attempts":3,"error":"the hub may have taken it"}]}},\
        {"app":"b/\\u0007dev","waiting":{"count":1,"messages":[\
        {"number":18,"kind":"startup","bytes":0,"queued":"2025-11-23T12:13:20.123Z",\
        "failed_attempts":0,"error":null}]},"refused":{"count":0,"messages":[]},\
        "uncertain":{"count":0,"messages":[]}}]}
        """)
  }
}
