#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

// zlib, and what Swift can't import of it: macros. No logic.

#include <string.h>
#include <zlib.h>

// Negative: raw DEFLATE without a zlib header (RFC 1951), with the window of 32 KiB.
static const int czlib_raw_window_bits = -MAX_WBITS;

// The bits of z_stream.data_type after inflate: between two blocks, and how many bits of the last byte are unused.
static const int czlib_between_blocks = 128;

static inline int czlib_deflate_init(z_stream *stream) {
    memset(stream, 0, sizeof *stream);
    return deflateInit2(stream, Z_BEST_SPEED, Z_DEFLATED, czlib_raw_window_bits, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_init(z_stream *stream) {
    memset(stream, 0, sizeof *stream);
    return inflateInit2(stream, czlib_raw_window_bits);
}

#endif
