/// How long ago an attempt was made, by the wall clock; both times are nanoseconds since 1970.
///
/// A clock that has been set forward makes it longer, so that a message is set aside too early. One that
/// was set back by no more than `clockTolerance` makes it shorter by no more than what lies between the
/// limit of 59 minutes and the hour that the hub remembers. If it was set back beyond the attempt, nobody
/// knows how long ago that was: then it counts as a year.
package func age(ofAttemptAt time: Int64, now: Int64) -> Duration {
  let age = Duration.nanoseconds(now) - .nanoseconds(time)
  return age < .zero - clockTolerance ? .seconds(365 * 86_400) : max(age, .zero)
}

private let clockTolerance: Duration = .seconds(60)
