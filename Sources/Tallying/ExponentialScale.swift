/// The bins of exponential histograms at scale 5: bin i holds the values above 2^(i/32) and up to
/// 2^((i+1)/32), in seconds or in bytes. Bin -1 ends at 1 s, or at 1 byte.
///
/// OpenTelemetry defines them (the metrics data model, "Exponential Scale"). Values are integers of
/// nanoseconds or bytes and stay that: a bin is found by comparing integers, never by the logarithm of a
/// double, which misplaces values beside a bound. The bins of a lower scale are `bin >> (5 - scale)`.
package struct ExponentialScale: Sendable {
  package enum Unit: Sendable {
    /// Values are nanoseconds, and bins are powers of seconds.
    case nanoseconds
    case bytes
  }

  /// The scale: 2^5 bins for each doubling.
  package static let scale = 5
  package static let durations = ExponentialScale(.nanoseconds)
  package static let sizes = ExponentialScale(.bytes)

  package let unit: Unit
  /// The bin below the least bound of the octave that begins at 1.
  private let origin: Int
  /// Where bounds lie between a power of two and the next, for values shifted left until their highest
  /// bit is set; rounded down, which no integer can tell from the bound itself.
  private let bounds: [UInt64]
  /// For each 64th of an octave: the only bound in it, or the next one above.
  private let comparisons: [UInt64]
  /// For each 64th of an octave: how many bounds of the octave are below it.
  private let lowerBoundCounts: [Int]

  private init(_ unit: Unit) {
    self.unit = unit
    bounds = unit == .bytes ? Self.byteBounds : Self.nanosecondBounds
    // The octave of 1 s is that of 2^29 ns, whose bounds begin 28 below 1 s.
    origin = unit == .bytes ? -1 : -29 - 29 * Self.perOctave
    let bounds = bounds
    lowerBoundCounts = (0..<64).map { part in
      let start = 1 << 63 + UInt64(part) << 57
      return bounds.count { $0 < start }
    }
    comparisons = lowerBoundCounts.map { $0 < bounds.count ? bounds[$0] : .max }
  }

  /// The bin of `value`, which is from 1.
  ///
  /// Bounds of an octave are further apart than 1/64 of it: one comparison decides.
  @inline(__always)
  package func bin(of value: Int64) -> Int {
    precondition(value > 0)
    let zeros = value.leadingZeroBitCount
    let shifted = UInt64(bitPattern: value) &<< UInt64(zeros)
    let part = Int(truncatingIfNeeded: shifted &>> 57) & 63
    let isAbove = shifted > comparisons[part] ? 1 : 0
    return origin &+ Self.perOctave &* (63 &- zeros) &+ lowerBoundCounts[part] &+ isAbove
  }

  /// The bin of a double in seconds or bytes, above 0 and finite, at a scale up to ``scale``: what a receiver
  /// of doubles finds. The bounds are irrational or powers of two, so that comparing significands is exact.
  package static func bin(ofDouble value: Double, scale lower: Int) -> Int {
    precondition(value > 0 && value.isFinite)
    let significand = (value.significand.significandBitPattern | 1 << 52) << 11
    let above = byteBounds.count { significand > $0 }
    return (Int(value.exponent) * perOctave + above - 1) >> (scale - lower)
  }

  /// What the values in `bin` are above, in nanoseconds or bytes, to the precision of a double.
  package func lowerBound(of bin: Int) -> Double {
    let power = bin - origin - 1
    let (octave, place) =
      power >= 0
      ? power.quotientAndRemainder(dividingBy: Self.perOctave)
      : (
        -1 - (-1 - power) / Self.perOctave,
        (power % Self.perOctave + Self.perOctave) % Self.perOctave
      )
    return Double(sign: .plus, exponent: octave - 63, significand: Double(bounds[place]))
  }

  package func upperBound(of bin: Int) -> Double { lowerBound(of: bin + 1) }

  private static let perOctave = 1 << scale

  /// 2^63 · 2^(k/32) for k from 0, rounded down.
  private static let byteBounds: [UInt64] = [
    0x8000_0000_0000_0000, 0x82CD_8698_AC2B_A1D7, 0x85AA_C367_CC48_7B14, 0x8898_0E80_92DA_8527,
    0x8B95_C1E3_EA8B_D6E6, 0x8EA4_398B_45CD_53C0, 0x91C3_D373_AB11_C336, 0x94F4_EFA8_FEF7_0961,
    0x9837_F051_8DB8_A96F, 0x9B8D_39B9_D54E_5538, 0x9EF5_3260_91A1_11AD, 0xA270_4303_0C49_6818,
    0xA5FE_D6A9_B151_38EA, 0xA9A1_5AB4_EA7C_0EF8, 0xAD58_3EEA_42A1_4AC6, 0xB123_F581_D2AC_258F,
    0xB504_F333_F9DE_6484, 0xB8FB_AF47_62FB_9EE9, 0xBD08_A39F_580C_36BE, 0xC12C_4CCA_6670_9456,
    0xC567_2A11_5506_DADD, 0xC9B9_BD86_6E2F_27A2, 0xCE24_8C15_1F84_80E3, 0xD2A8_1D91_F12A_E45A,
    0xD744_FCCA_D69D_6AF4, 0xDBFB_B797_DAF2_3755, 0xE0CC_DEEC_2A94_E111, 0xE5B9_06E7_7C83_48A8,
    0xEAC0_C6E7_DD24_392E, 0xEFE4_B99B_DCDA_F5CB, 0xF525_7D15_2486_CC2C, 0xFA83_B2DB_722A_033A,
  ]

  /// 10^9 · 2^34 · 2^(k/32) for k from -28, rounded down: bounds around 1 s, shifted as 1 s would be.
  private static let nanosecondBounds: [UInt64] = [
    0x81FF_A7A9_549C_A6E3, 0x84D8_626D_3118_D396, 0x87C1_1235_836D_16A3, 0x8ABA_1075_8E1E_A3CF,
    0x8DC3_B896_0164_A7D9, 0x90DE_67FF_F600_044C, 0x940A_7E28_259F_B382, 0x9748_5C9A_622A_DB60,
    0x9A98_6705_4D51_2391, 0x9DFB_0346_51C9_9C68, 0xA170_9975_DFB0_6757, 0xA4F9_93F3_ED7B_61CA,
    0xA896_5F74_BF06_5071, 0xAC47_6B0D_F43F_745F, 0xB00D_2843_E106_0DC2, 0xB3E8_0B17_2FD5_1AF7,
    0xB7D8_8A12_D0DD_9EA0, 0xBBDF_1E5A_373C_E5C6, 0xBFFC_43B7_E604_A922, 0xC430_78AC_4ED4_7AE7,
    0xC87C_3E7D_03CD_BEC3, 0xCCE0_1944_3EB5_6CE4, 0xD15C_9000_BF21_1C1F, 0xD5F2_2CA6_0197_43E0,
    0xDAA1_7C2C_D195_55DB, 0xDF6B_0EA4_3879_3A89, 0xE44F_7742_CB56_E3DD, 0xE94F_4C78_59CE_1066,
    0xEE6B_2800_0000_0000, 0xF3A3_A6F2_9DD0_C333, 0xF8F9_69D9_B5AB_F948, 0xFE6D_14C2_B511_4024,
  ]
}

extension ExponentialScale: Equatable {
  package static func == (left: ExponentialScale, right: ExponentialScale) -> Bool {
    left.unit == right.unit
  }
}
