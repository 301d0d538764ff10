/// The sum of two numbers that are not negative, or the largest number.
func cappedSum(_ left: Int64, _ right: Int64) -> Int64 {
  let (sum, isOver) = left.addingReportingOverflow(right)
  return isOver ? .max : sum
}
