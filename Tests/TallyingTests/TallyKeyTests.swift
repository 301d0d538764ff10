import Attribution
import Tallying
import Testing

struct TallyKeyTests {
  @Test func `a key gives back what it was made of`() {
    for bucket in [0, 1, 29_923_750, (1 << 34) - 1] as [Int64] {
      for consumer in [0, 1, 1 << 22] as [NameTable.ID] {
        for (route, method) in [(0, 0), (1, 64), (.max, .max >> 16)]
          as [(NameTable.ID, NameTable.ID)]
        {
          for status in [0, 100, 999, .max] as [UInt16] {
            let key = TallyKey(
              bucket: bucket, consumer: consumer, method: method, route: route, status: status)
            #expect(key.bucket == bucket && key.consumer == consumer && key.status == status)
            #expect(key.route == route && key.method == method)
          }
        }
      }
    }
  }

  @Test func `a table of names has room for no number that a key does not`() {
    let names = RunNames(routeLimit: 1)
    #expect(names.consumers.limit <= 1 << 22)
    #expect(names.methods.limit < 1 << 16)
  }

  @Test(
    arguments: [
      (60, 0, 0), (60, 59_999_999_999, 0), (60, 60_000_000_000, 1),
      (60, 1_795_425_013_533_000_000, 29_923_750), (1, 1_999_999_999, 1),
      (86_400, 86_400_000_000_000, 1),
      (60, -1, 0), (60, .min, 0), (1, 9_214_646_399_000_000_000, 9_214_646_399),
    ] as [(Int, Int64, Int64)])
  func `a moment belongs to the bucket that it lies in`(
    _ seconds: Int, _ moment: Int64, _ bucket: Int64
  ) {
    let width = BucketWidth(seconds: seconds)
    #expect(width.bucket(of: moment) == bucket)
    #expect(width.start(of: bucket) == bucket * Int64(seconds))
    // Whatever was asked for before.
    var finder = BucketFinder(width: width)
    for before in [0, moment, .max, .min, moment &- 1] as [Int64] {
      #expect(finder.bucket(of: before) == width.bucket(of: before))
      #expect(finder.bucket(of: moment) == bucket)
    }
    if moment >= 0 {
      let second = moment / 1_000_000_000
      let start = width.start(of: bucket)
      #expect((start..<start + Int64(seconds)).contains(second))
    }
  }

  @Test func `the last moment that a stamp can tell has a key`() {
    let bucket = BucketWidth(seconds: 1).bucket(of: 9_214_646_399_999_999_999)
    let key = TallyKey(bucket: bucket, consumer: 0, method: 1, route: 1, status: 200)
    #expect(key.bucket == bucket)
  }
}
