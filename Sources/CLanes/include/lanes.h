// CLanes: two vector operations that Swift cannot express.
//
// A vector's lanes as the bits of an integer, and a vector's first lanes. Swift imports and inlines
// these functions like its own. There is a version for SSE2, one for NEON, and a portable one.
//
// Takes and gives: values only; no memory is read or written except a constant table.
// May not: know what the bytes mean, or contain anything that Swift can express.
// Imported by: ByteScanning, and nothing else.

#pragma once

#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/// Sixteen bytes; SIMD16<UInt8> in Swift.
typedef uint8_t backtally_lanes __attribute__((ext_vector_type(16)));

/// The highest bit of each lane, that of the first lane lowest.
static inline __attribute__((always_inline)) uint32_t backtally_lane_bits(backtally_lanes lanes) {
#if defined(__SSE2__)
  return (uint32_t)_mm_movemask_epi8((__m128i)lanes);
#elif defined(__aarch64__)
  // Each half is gathered by adding up lanes of one bit each.
  const backtally_lanes bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t set = vandq_u8((uint8x16_t)((lanes >> 7) * 0xFF), (uint8x16_t)bits);
  return (uint32_t)vaddv_u8(vget_low_u8(set)) | (uint32_t)vaddv_u8(vget_high_u8(set)) << 8;
#else
  uint32_t bits = 0;
  for (int lane = 0; lane < 16; lane++) bits |= (uint32_t)(lanes[lane] >> 7) << lane;
  return bits;
#endif
}

/// The first `count` (0 to 16) lanes, with zeros after them.
static inline __attribute__((always_inline)) backtally_lanes backtally_first_lanes(
    backtally_lanes lanes, uint32_t count) {
  static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                   255, 255, 255, 255, 255, 255, 255, 255};
  backtally_lanes kept;
  __builtin_memcpy(&kept, ones + 16 - (count > 16 ? 16 : count), 16);
  return lanes & kept;
}
