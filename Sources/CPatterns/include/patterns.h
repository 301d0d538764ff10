// The part of RE2 that is needed here, for C: RE2 is written in C++, and has no such face of its own.
//
// RE2 searches in time linear in the text, whatever the pattern and the text are.
#ifndef BACKTALLY_PATTERNS_H
#define BACKTALLY_PATTERNS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern. Several threads may search with it at the same time.
typedef struct backtally_pattern backtally_pattern;

/// Compiles the `count` bytes at `text`, UTF-8 in RE2's syntax.
///
/// `memory` limits the pattern's size and, while it searches, that of the states it remembers, in bytes.
/// Returns NULL if the pattern is none or too large, and why in `error`: at most `capacity` bytes with the
/// zero at the end.
backtally_pattern *_Nullable backtally_pattern_make(
    const char *_Nonnull text, size_t count, bool ignores_case, size_t memory,
    char *_Nonnull error, size_t capacity);

void backtally_pattern_free(backtally_pattern *_Nonnull pattern);

/// How many groups capture.
int backtally_pattern_group_count(const backtally_pattern *_Nonnull pattern);

/// Whether the pattern matches anywhere in the `count` bytes at `text`.
bool backtally_pattern_is_found(
    const backtally_pattern *_Nonnull pattern, const char *_Nonnull text, size_t count);

/// Where in the text the first match is. False if there is none.
bool backtally_pattern_first_match(
    const backtally_pattern *_Nonnull pattern, const char *_Nonnull text, size_t count,
    size_t *_Nonnull start, size_t *_Nonnull end);

/// Where in the text the first group of the first match is.
/// False if there is no match, or the group has no part in it.
bool backtally_pattern_first_group(
    const backtally_pattern *_Nonnull pattern, const char *_Nonnull text, size_t count,
    size_t *_Nonnull start, size_t *_Nonnull end);

#ifdef __cplusplus
}
#endif

#endif
