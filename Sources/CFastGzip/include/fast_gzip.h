// Compression by ISA-L, of which Swift cannot import the structures: they hold large arrays.
#ifndef BACKTALLY_FAST_GZIP_H
#define BACKTALLY_FAST_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a gzip file (RFC 1952) is made with, one after another, by one thread at a time.
typedef struct backtally_gzip backtally_gzip;

/// NULL if there is no memory for it, half a megabyte.
backtally_gzip *_Nullable backtally_gzip_make(void);

void backtally_gzip_free(backtally_gzip *_Nonnull gzip);

/// Begins a file of the `count` bytes at `content`, which have to stay until it is finished.
void backtally_gzip_begin(
    backtally_gzip *_Nonnull gzip, const uint8_t *_Nullable content, uint32_t count);

/// Writes up to `room` bytes more of the file, and returns how many: fewer only if it is finished.
uint32_t backtally_gzip_continue(
    backtally_gzip *_Nonnull gzip, uint8_t *_Nonnull output, uint32_t room, bool *_Nonnull is_finished);

#endif
