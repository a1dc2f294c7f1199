/* Small things many files need: classes of bytes, integers in them, growth of arrays with checked arithmetic. */
#ifndef SECRETSCAN_BYTES_H
#define SECRETSCAN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "status.h"

static inline uint8_t fold_byte(uint8_t byte) {
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte | 0x20) : byte;
}

/* White space as ASCII has it. */
static inline bool is_blank(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* What \w stands for. */
static inline bool is_word(uint8_t byte) {
    uint8_t folded = fold_byte(byte);
    return (folded >= 'a' && folded <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static inline uint32_t little32(const uint8_t *bytes) {
    return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

static inline uint32_t big32(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Makes room for `needed` elements of `width` bytes, at least doubling, so that appending stays linear. */
static inline enum status grow_array(void **array, size_t *room, size_t needed, size_t width) {
    if (needed <= *room) {
        return STATUS_OK;
    }
    size_t wanted = *room > SIZE_MAX / 2 ? needed : *room * 2;
    if (wanted < needed) {
        wanted = needed;
    }
    if (wanted > SIZE_MAX / width) {
        return STATUS_TOO_LARGE;
    }
    void *grown = realloc(*array, wanted * width);
    if (grown == NULL) {
        return STATUS_NO_MEMORY;
    }
    *array = grown;
    *room = wanted;
    return STATUS_OK;
}

#endif
