// CChecksum: CRC-32 by carry-less multiplication, which Swift cannot express.
//
// Computed by libz, the check value takes a sixth of the time that inflating a log does; computed
// like this, a quarter of that.
//
// Takes: bytes, a multiple of 16 and at least 64 of them. Gives: 16 bytes with the same CRC-32, for
// libz to finish. Only x86-64 has an implementation; backtally_crc32_can_fold() says whether the
// processor can run it, and callers fall back to libz if not.
// May not: read beyond `count` bytes, or keep a pointer.
// Imported by: LogReading (GzipChecksum), and nothing else.

#pragma once

#include <stddef.h>
#include <stdint.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

/// Whether ``backtally_crc32_fold`` may be called on this processor.
static inline int backtally_crc32_can_fold(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_PCLMUL) && (c & bit_SSE4_1);
#else
  return 0;
#endif
}

/// Reduces a text to sixteen bytes with the same CRC-32 (gzip's, reflected 0x04C11DB7): as polynomials,
/// both leave the same remainder. `reg` is the register before the text; for the sixteen bytes it is 0.
///
/// `count` is at least 64 and a multiple of 16. Source: V. Gopal et al., "Fast CRC Computation for Generic
/// Polynomials Using PCLMULQDQ Instruction", Intel, 2009. The four constants are x^n modulo the
/// polynomial, reflected and shifted by one, where n is the distance of the fold in bits plus and minus 32.
#if defined(__x86_64__)
__attribute__((target("pclmul,sse4.1")))
#endif
static inline void backtally_crc32_fold(
    uint32_t reg, const uint8_t *bytes, size_t count, uint8_t folded[16]) {
#if defined(__x86_64__)
  // Folds a block onto the one n bits later: each half is multiplied by its constant for the distance.
#define BACKTALLY_FOLD(block, by) \
  _mm_xor_si128(_mm_clmulepi64_si128(block, by, 0x00), _mm_clmulepi64_si128(block, by, 0x11))
  const __m128i by_64_bytes = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by_16_bytes = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  const __m128i *next = (const __m128i *)bytes;
  const __m128i *end = (const __m128i *)(bytes + count);
  __m128i a = _mm_xor_si128(_mm_loadu_si128(next), _mm_cvtsi32_si128((int)reg));
  __m128i b = _mm_loadu_si128(next + 1), c = _mm_loadu_si128(next + 2), d = _mm_loadu_si128(next + 3);
  for (next += 4; end - next >= 4; next += 4) {
    a = _mm_xor_si128(BACKTALLY_FOLD(a, by_64_bytes), _mm_loadu_si128(next));
    b = _mm_xor_si128(BACKTALLY_FOLD(b, by_64_bytes), _mm_loadu_si128(next + 1));
    c = _mm_xor_si128(BACKTALLY_FOLD(c, by_64_bytes), _mm_loadu_si128(next + 2));
    d = _mm_xor_si128(BACKTALLY_FOLD(d, by_64_bytes), _mm_loadu_si128(next + 3));
  }
  b = _mm_xor_si128(BACKTALLY_FOLD(a, by_16_bytes), b);
  c = _mm_xor_si128(BACKTALLY_FOLD(b, by_16_bytes), c);
  d = _mm_xor_si128(BACKTALLY_FOLD(c, by_16_bytes), d);
  for (; next < end; next++)
    d = _mm_xor_si128(BACKTALLY_FOLD(d, by_16_bytes), _mm_loadu_si128(next));
#undef BACKTALLY_FOLD
  _mm_storeu_si128((__m128i *)folded, d);
#else
  (void)reg, (void)bytes, (void)count, (void)folded;
  __builtin_unreachable();
#endif
}
