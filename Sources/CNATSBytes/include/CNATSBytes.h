// Byte scanning that Swift can't express as cheaply: sixteen bytes at once.
//
// Pure functions without state or allocation. Each has one meaning and three
// bodies: SSE2 (the x86-64 baseline), NEON (the arm64 baseline), portable C.
// A *blank* is here every byte up to and including the space (0x00...0x20):
// a superset of the protocol's delimiters that takes two instructions to find.
#ifndef CNATSBYTES_H
#define CNATSBYTES_H

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__) && !defined(CNATSBYTES_PORTABLE)
#include <emmintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(CNATSBYTES_PORTABLE)
#include <arm_neon.h>
#endif

/// On the hot path a call costs more than the work.
#define CNATSBYTES_INLINE static inline __attribute__((always_inline))

/// Eight bytes of any alignment; the first byte is the least significant one.
CNATSBYTES_INLINE uint64_t cnatsbytes_load64(const void *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

CNATSBYTES_INLINE uint32_t cnatsbytes_load32(const void *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

CNATSBYTES_INLINE uint16_t cnatsbytes_load16(const void *bytes) {
    uint16_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap16(word);
#endif
    return word;
}

CNATSBYTES_INLINE void cnatsbytes_store64(void *bytes, uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    memcpy(bytes, &word, sizeof word);
}

/// `count` (0...7) bytes; those above are 0xFF.
///
/// Reads pieces that don't overlap: a short Swift string was just stored as two words, and a load that needs parts of
/// both waits until everything that was stored before them has reached the cache.
CNATSBYTES_INLINE uint64_t cnatsbytes_load_short(const void *bytes, intptr_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    uint64_t word = UINT64_MAX;
    if (count & 1) word = word << 8 | cursor[count - 1];
    if (count & 2) word = word << 16 | cnatsbytes_load16(cursor + (count & 4));
    if (count & 4) word = word << 32 | cnatsbytes_load32(cursor);
    return word;
}

/// The high bit of each byte that is blank.
CNATSBYTES_INLINE uint64_t cnatsbytes_blank_bits(uint64_t word) {
    const uint64_t high = 0x8080808080808080u;
    // The high bit of each byte of `above` says "greater than 0x20": either by the addition, which can't carry
    // out of a byte since its high bit was masked off, or because the byte is 0x80 or more.
    uint64_t above = ((word & ~high) + 0x5F5F5F5F5F5F5F5Fu) | word;
    return ~above & high;
}

/// Bit i of the result says that byte i of the eight, counted from the least significant one, is blank.
CNATSBYTES_INLINE uint32_t cnatsbytes_blanks8(uint64_t word) {
    return (uint32_t)(((cnatsbytes_blank_bits(word) >> 7) * 0x0102040810204080u) >> 56);
}

/// Bit i of the result says that byte i of the sixteen is blank. Reads exactly 16 bytes.
CNATSBYTES_INLINE uint32_t cnatsbytes_blanks16(const void *bytes) {
#if defined(__SSE2__) && !defined(CNATSBYTES_PORTABLE)
    __m128i window = _mm_loadu_si128((const __m128i *)bytes);
    __m128i lower = _mm_min_epu8(window, _mm_set1_epi8(0x20));
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(lower, window));
#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(CNATSBYTES_PORTABLE)
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t blank = vcleq_u8(vld1q_u8((const uint8_t *)bytes), vdupq_n_u8(0x20));
    uint8x16_t bits = vandq_u8(blank, vld1q_u8(weights));
    return (uint32_t)vaddv_u8(vget_low_u8(bits)) | (uint32_t)vaddv_u8(vget_high_u8(bits)) << 8;
#else
    const uint8_t *cursor = (const uint8_t *)bytes;
    return cnatsbytes_blanks8(cnatsbytes_load64(cursor)) | cnatsbytes_blanks8(cnatsbytes_load64(cursor + 8)) << 8;
#endif
}

/// Bit i says that byte i is blank, for the first 64 of `count` bytes, or for all when there are fewer.
/// `count` must be at least 16. Never reads past `count`: shorter windows are covered by overlapping reads.
static inline uint64_t cnatsbytes_blanks64(const void *bytes, intptr_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    uint64_t mask = cnatsbytes_blanks16(cursor);
    if (__builtin_expect(count >= 64, 1)) {
        mask |= (uint64_t)cnatsbytes_blanks16(cursor + 16) << 16;
        mask |= (uint64_t)cnatsbytes_blanks16(cursor + 32) << 32;
        mask |= (uint64_t)cnatsbytes_blanks16(cursor + 48) << 48;
        return mask;
    }
    for (intptr_t offset = 16; offset < count; offset += 16) {
        intptr_t start = offset <= count - 16 ? offset : count - 16;
        mask |= (uint64_t)cnatsbytes_blanks16(cursor + start) << start;
    }
    return mask;
}

/// Index of the first blank of `count` bytes; `count` when there is none.
static inline intptr_t cnatsbytes_first_blank(const void *bytes, intptr_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    if (count >= 16 && count <= 32) {  // most subjects: two windows, no loop
        uint64_t mask = cnatsbytes_blanks16(cursor);
        mask |= (uint64_t)cnatsbytes_blanks16(cursor + count - 16) << (count - 16);
        return mask != 0 ? __builtin_ctzll(mask) : count;
    }
    if (count > 32) {
        intptr_t offset = 0;
        for (;;) {
            uint32_t mask = cnatsbytes_blanks16(cursor + offset);
            if (mask != 0) return offset + __builtin_ctz(mask);
            if (offset == count - 16) return count;
            offset += 16;
            if (offset > count - 16) offset = count - 16;  // the last window overlaps what is known to be clean
        }
    }
    if (count >= 8) {
        uint32_t mask = cnatsbytes_blanks8(cnatsbytes_load64(cursor));
        mask |= cnatsbytes_blanks8(cnatsbytes_load_short(cursor + 8, count - 8)) << 8;
        return mask != 0 ? __builtin_ctz(mask) : count;
    }
    uint32_t mask = cnatsbytes_blanks8(cnatsbytes_load_short(cursor, count));
    return mask != 0 ? __builtin_ctz(mask) : count;
}

/// Copies `count` (0...32) bytes. Writes up to 16 bytes behind them, so there must be room; reads exactly `count`.
CNATSBYTES_INLINE void cnatsbytes_copy_name(void *target, const void *bytes, intptr_t count) {
    uint8_t *to = (uint8_t *)target;
    const uint8_t *from = (const uint8_t *)bytes;
    if (__builtin_expect(count >= 16, 1)) {
        __builtin_memcpy(to, from, 16);
        __builtin_memcpy(to + count - 16, from + count - 16, 16);
        return;
    }
    intptr_t whole = count & 8;
    if (whole) __builtin_memcpy(to, from, 8);
    cnatsbytes_store64(to + whole, cnatsbytes_load_short(from + whole, count - whole));
}

/// The same for any `count`, looking at what it copies: false when there is a blank among the bytes.
CNATSBYTES_INLINE _Bool cnatsbytes_copy_subject(void *target, const void *bytes, intptr_t count) {
    uint8_t *to = (uint8_t *)target;
    const uint8_t *from = (const uint8_t *)bytes;
    if (count >= 16) {
        uint32_t blanks = 0;
        for (intptr_t offset = 0; offset < count - 16; offset += 16) {
            blanks |= cnatsbytes_blanks16(from + offset);
            __builtin_memcpy(to + offset, from + offset, 16);
        }
        blanks |= cnatsbytes_blanks16(from + count - 16);
        __builtin_memcpy(to + count - 16, from + count - 16, 16);
        return blanks == 0;
    }
    uint64_t blanks = 0;
    intptr_t whole = count & 8;
    if (whole) {
        uint64_t word = cnatsbytes_load64(from);
        blanks = cnatsbytes_blank_bits(word);
        cnatsbytes_store64(to, word);
    }
    uint64_t rest = cnatsbytes_load_short(from + whole, count - whole);
    cnatsbytes_store64(to + whole, rest);
    return (blanks | cnatsbytes_blank_bits(rest)) == 0;
}

/// The beginning of a control line, kept to recognise its repetition. Meaningful for 16...64 bytes.
struct cnatsbytes_prefix {
    uint8_t bytes[64];
    intptr_t count;
};

/// Whether 16 bytes are the same.
CNATSBYTES_INLINE _Bool cnatsbytes_equal16(const void *a, const void *b) {
#if defined(__SSE2__) && !defined(CNATSBYTES_PORTABLE)
    __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)a), _mm_loadu_si128((const __m128i *)b));
    return _mm_movemask_epi8(equal) == 0xFFFF;
#else
    const uint8_t *x = (const uint8_t *)a, *y = (const uint8_t *)b;
    return ((cnatsbytes_load64(x) ^ cnatsbytes_load64(y)) | (cnatsbytes_load64(x + 8) ^ cnatsbytes_load64(y + 8))) == 0;
#endif
}

/// Whether `count` bytes are the same.
static inline _Bool cnatsbytes_are_equal(const void *a, const void *b, intptr_t count) {
    return memcmp(a, b, (size_t)count) == 0;
}

/// Whether `bytes`, of which as many as the prefix has may be read, repeat it. The end differs most often: it is first.
CNATSBYTES_INLINE _Bool cnatsbytes_repeats(const struct cnatsbytes_prefix *prefix, const void *bytes) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    intptr_t count = prefix->count;
    if (!cnatsbytes_equal16(cursor + count - 16, prefix->bytes + count - 16)) return 0;
    if (!cnatsbytes_equal16(cursor, prefix->bytes)) return 0;
    if (count <= 32) return 1;
    return cnatsbytes_equal16(cursor + 16, prefix->bytes + 16)
           && cnatsbytes_equal16(cursor + count - 32, prefix->bytes + count - 32);
}

/// Keeps `count` (16...64) bytes.
CNATSBYTES_INLINE void cnatsbytes_keep_prefix(struct cnatsbytes_prefix *prefix, const void *bytes, intptr_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    prefix->count = count;
    __builtin_memcpy(prefix->bytes, cursor, 16);
    __builtin_memcpy(prefix->bytes + count - 16, cursor + count - 16, 16);
    if (count <= 32) return;
    __builtin_memcpy(prefix->bytes + 16, cursor + 16, 16);
    __builtin_memcpy(prefix->bytes + count - 32, cursor + count - 32, 16);
}

/// Index of the first CR or LF of `count` bytes; `count` when there is none.
static inline intptr_t cnatsbytes_first_line_end(const void *bytes, intptr_t count) {
    const uint8_t *cursor = (const uint8_t *)bytes;
    intptr_t index = 0;
#if defined(__SSE2__) && !defined(CNATSBYTES_PORTABLE)
    for (; index + 16 <= count; index += 16) {
        __m128i window = _mm_loadu_si128((const __m128i *)(cursor + index));
        __m128i found = _mm_or_si128(
            _mm_cmpeq_epi8(window, _mm_set1_epi8('\r')), _mm_cmpeq_epi8(window, _mm_set1_epi8('\n')));
        uint32_t mask = (uint32_t)_mm_movemask_epi8(found);
        if (mask != 0) return index + __builtin_ctz(mask);
    }
#endif
    for (; index < count; index += 1) {
        if (cursor[index] == '\r' || cursor[index] == '\n') return index;
    }
    return count;
}

#endif
